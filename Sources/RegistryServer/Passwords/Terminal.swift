#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A terminal that somebody types at.
struct Terminal {
    let descriptor: CInt
    let output: LogOutput

    /// Tests have one of their own.
    @TaskLocal static var standard = Terminal(descriptor: STDIN_FILENO, output: .standardError)

    var isThere: Bool { isatty(descriptor) == 1 }

    /// Asks for a line that is not shown as it is typed. nil: whoever was asked gave up.
    func ask(_ prompt: String) throws(CommandFailure) -> [UInt8]? {
        var before = termios()
        guard tcgetattr(descriptor, &before) == 0 else {
            throw CommandFailure(.failure, "cannot hide what is typed at the terminal: \(errnoText())")
        }
        var hidden = before
        // Without signals too: Ctrl-C would end the process and leave a terminal that shows nothing.
        hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        // What was typed too early was shown.
        guard tcsetattr(descriptor, TCSAFLUSH, &hidden) == 0 else {
            throw CommandFailure(.failure, "cannot hide what is typed at the terminal: \(errnoText())")
        }
        defer {
            tcsetattr(descriptor, TCSAFLUSH, &before)
            output.write([UInt8(ascii: "\n")])
        }
        output.write(Array(prompt.utf8))
        var line = HiddenLine()
        while let byte = try Self.byte(descriptor) {
            if let outcome = line.take(byte) { return outcome == .complete ? line.bytes : nil }
        }
        return nil
    }

    /// One byte; nil: there are no more.
    static func byte(_ descriptor: CInt) throws(CommandFailure) -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count == 1 { return byte }
            if count == 0 { return nil }
            guard errno == EINTR else {
                throw CommandFailure(.failure, "cannot read from standard input: \(errnoText())")
            }
        }
    }
}
