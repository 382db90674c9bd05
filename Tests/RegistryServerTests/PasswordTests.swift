import Authentication
import RegistryCore
import Testing

@testable import RegistryServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

struct PasswordInputTests {
    private func read(_ input: String) throws -> String { try read(Array(input.utf8)) }

    private func read(_ input: [UInt8]) throws -> String {
        let pipe = try Pipe()
        #expect(LogOutput(descriptor: pipe.writing).write(input) == 0)
        pipe.closeWriting()
        return try PasswordReader(terminal: Terminal(descriptor: pipe.reading, output: .standardError)).fromInput()
    }

    @Test(arguments: [
        ("s3cret\n", "s3cret"), ("s3cret", "s3cret"), ("s3cret\r\n", "s3cret"), ("one\ntwo\n", "one"),
        (" two words \n", " two words "), ("grün\n", "grün"),
    ])
    func `a password is the first line of the input`(_ input: String, _ password: String) throws {
        #expect(try read(input) == password)
    }

    @Test(arguments: ["", "\n", "\r\n", "\nsecret\n"])
    func `an empty one is refused`(_ input: String) {
        let error = #expect(throws: CommandFailure.self) { try read(input) }
        #expect(error?.message.contains("empty") == true)
    }

    @Test func `one that is too long is refused, whole`() throws {
        let longest = String(repeating: "x", count: PasswordHash.longestPassword)
        #expect(try read(longest + "\n") == longest)
        #expect(try read(longest + "\r\n") == longest)
        for more in ["x", "x\n", "x\r\n", String(repeating: "x", count: 20_000)] {
            let error = #expect(throws: CommandFailure.self) { try read(longest + more) }
            #expect(error?.message.contains("longer than \(PasswordHash.longestPassword) bytes") == true)
        }
    }

    @Test(arguments: [[0x61, 0, 0x62], [0x61, 0x1b, 0x5b, 0x41], [0x61, 0xff], [0x61, 0x7f]] as [[UInt8]])
    func `one that no client could send is refused`(_ input: [UInt8]) {
        #expect(throws: CommandFailure.self) { try read(input) }
    }

    @Test func `without a terminal there is a hint`() throws {
        let pipe = try Pipe()
        pipe.closeWriting()
        let reader = PasswordReader(terminal: Terminal(descriptor: pipe.reading, output: .standardError))
        let error = #expect(throws: CommandFailure.self) { try reader.fromTerminal(for: "alice") }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("--password-stdin") == true)
    }
}

struct HiddenLineTests {
    private func type(_ bytes: [UInt8]) -> (text: String, outcome: HiddenLine.Outcome?) {
        var line = HiddenLine()
        for byte in bytes {
            if let outcome = line.take(byte) { return (String(decoding: line.bytes, as: UTF8.self), outcome) }
        }
        return (String(decoding: line.bytes, as: UTF8.self), nil)
    }

    @Test func `a line is complete with Enter`() {
        #expect(type(Array("abc".utf8)) == ("abc", nil))
        #expect(type(Array("abc\nd".utf8)) == ("abc", .complete))
        #expect(type(Array("abc\rd".utf8)) == ("abc", .complete))
        #expect(type(Array("abc".utf8) + [4]) == ("abc", .complete))
    }

    @Test(arguments: [[3], [4], [0x61, 3], [0x61, 0x1c], [0x61, 0x1a]] as [[UInt8]])
    func `it can be given up`(_ bytes: [UInt8]) {
        #expect(type(bytes).outcome == .givenUp)
    }

    @Test func `keys take back`() {
        #expect(type(Array("abx\u{7f}c\n".utf8)).text == "abc")
        #expect(type(Array("aü\u{7f}b\n".utf8)).text == "ab")
        #expect(type(Array("\u{8}\u{8}a\n".utf8)).text == "a")
        #expect(type(Array("wrong\u{15}right\n".utf8)).text == "right")
    }
}

/// A terminal whose other side is the test's.
private final class PseudoTerminal {
    let master: CInt
    let slave: CInt

    init() throws {
        var ends: (master: CInt, slave: CInt) = (-1, -1)
        try #require(openpty(&ends.master, &ends.slave, nil, nil, nil) == 0)
        (master, slave) = ends
    }

    deinit {
        close(slave)
        close(master)
    }

    var echoes: Bool {
        var state = termios()
        return tcgetattr(slave, &state) == 0 && state.c_lflag & tcflag_t(ECHO) != 0
    }

    func type(_ text: String) { LogOutput(descriptor: master).write(Array(text.utf8)) }
}

struct TerminalTests {
    /// Answers prompt after prompt, each when it is there: what is typed before is thrown away.
    private func ask(_ answers: [String]) throws -> Result<String, CommandFailure> {
        let terminal = try PseudoTerminal()
        let prompts = try Pipe()
        let reader = PasswordReader(
            terminal: Terminal(descriptor: terminal.slave, output: LogOutput(descriptor: prompts.writing)))
        #expect(terminal.echoes)
        let result = Mutex<Result<String, CommandFailure>?>(nil)
        let writing = prompts.writing
        startThread {
            let answer = Result { () throws(CommandFailure) in try reader.fromTerminal(for: "alice") }
            result.withLock { $0 = answer }
            LogOutput(descriptor: writing).write(Array("done".utf8))
        }
        var shown = ""
        var rest = answers[...]
        while !shown.hasSuffix("done") {
            shown += String(decoding: try #require(prompts.next()), as: UTF8.self)
            if shown.hasSuffix(": "), let answer = rest.popFirst() {
                #expect(!terminal.echoes)
                terminal.type(answer)
            }
        }
        prompts.closeWriting()
        #expect(terminal.echoes)
        #expect(shown.hasPrefix("Password for alice: \n"))
        return try #require(result.withLock { $0 })
    }

    @Test func `a password is typed twice, and not shown`() throws {
        #expect(try ask(["s3cret\n", "s3cret\n"]).get() == "s3cret")
    }

    @Test func `two that differ are refused`() throws {
        let result = try ask(["s3cret\n", "secret\n"])
        #expect(throws: CommandFailure.self) { try result.get() }
    }

    @Test func `Ctrl-C gives up, and leaves a terminal that shows what is typed`() throws {
        let result = try ask(["s3c\u{3}"])
        let error = #expect(throws: CommandFailure.self) { try result.get() }
        #expect(error?.message.contains("interrupted") == true)
    }
}
