import Foundation
import Glibc
import Synchronization

/// A program that a test started, and nothing else: it is only ever signalled while it has not been waited for.
final class ChildProcess: Sendable {
    enum Exit: Hashable, Sendable {
        case code(CInt)
        case signal(CInt)
    }

    let id: pid_t
    let output: CapturedOutput
    let errors: CapturedOutput
    private let exit = Mutex<Exit?>(nil)

    /// - Parameters:
    ///   - program: A path, or a name to look up in $PATH.
    ///   - environment: Added to the test process's own.
    ///   - group: Give it a process group of its own, so that `kill` reaches its children too.
    init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        group: Bool = false
    ) throws {
        // One at a time: another child would inherit a pipe whose ends are not marked close-on-exec yet.
        (id, output, errors) = try Self.spawning.withLock { _ in
            try Self.spawn(program, arguments, environment, group)
        }
        isGroup = group
        Cleanup.add(child: id)
    }

    private static let spawning = Mutex(())

    private static func spawn(
        _ program: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ group: Bool
    ) throws -> (pid_t, CapturedOutput, CapturedOutput) {
        let output = try Pipe()
        let errors = try Pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writer, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.writer, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        if group { posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP)) }

        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var id: pid_t = 0
        let code = withCStrings([program] + arguments) { argv in
            withCStrings(merged.map { "\($0.key)=\($0.value)" }) { envp in
                posix_spawnp(&id, program, &actions, &attributes, argv, envp)
            }
        }
        output.closeWriter()
        errors.closeWriter()
        let captured = (CapturedOutput(reading: output.reader), CapturedOutput(reading: errors.reader))
        guard code == 0 else { throw SystemError("cannot start \(program)", code: code) }
        return (id, captured.0, captured.1)
    }

    private let isGroup: Bool

    deinit {
        kill(SIGKILL)
        _ = wait(within: .seconds(30))
    }

    func kill(_ signal: CInt) {
        exit.withLock { exit in
            if exit == nil { _ = Glibc.kill(isGroup ? -id : id, signal) }
        }
    }

    var isRunning: Bool { poll() == nil }

    /// How it ended; nil: it runs on.
    func wait(within limit: Duration) -> Exit? {
        let deadline = ContinuousClock.now + limit
        while true {
            if let exit = poll() { return exit }
            if ContinuousClock.now > deadline { return nil }
            usleep(2000)
        }
    }

    private func poll() -> Exit? {
        exit.withLock { exit in
            if let exit { return exit }
            var status: CInt = 0
            guard waitpid(id, &status, WNOHANG) == id else { return nil }
            // wait(2): the low seven bits are the signal, the byte above them the exit code.
            exit = status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f)
            Cleanup.remove(child: id)
            return exit
        }
    }
}

private struct Pipe {
    var reader: CInt
    var writer: CInt

    init() throws {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError("pipe") }
        // Another test's child must not hold the end that says when this one is through.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reader = ends[0]
        writer = ends[1]
    }

    func closeWriter() { close(writer) }
}

private func withCStrings<R>(
    _ strings: [String],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    let pointers = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
    pointers[strings.count] = nil
    defer {
        for pointer in pointers { free(pointer) }
        pointers.deallocate()
    }
    guard let base = pointers.baseAddress else { preconditionFailure("an allocation has an address") }
    return body(base)
}
