import Foundation
import Glibc

/// A program whose standard input ends with this process, killed or not: it ends then, and removes what
/// it made.
package final class Lifeline: Sendable {
    private let descriptor: CInt

    package init(_ command: [String]) throws {
        // Close-on-exec from the first: another child with a copy would keep the program alive.
        var ends: [CInt] = [0, 0]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw ServerError("no socket: \(String(cString: strerror(errno)))")
        }
        descriptor = ends[0]
        defer { close(ends[1]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for standard: CInt in [0, 1, 2] { posix_spawn_file_actions_adddup2(&actions, ends[1], standard) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of a pool block signals, and what they start inherits that. The group is for an interrupt from the
        // keyboard: the program is to see the end of this process, and clean up.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)

        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var id: pid_t = 0
        let code = posix_spawnp(&id, command[0], &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw ServerError("cannot start \(command[0]): \(String(cString: strerror(code)))") }
    }

    deinit { close(descriptor) }

    /// Blocks until the program has said `ready`, a line of its own.
    package func waitUntilReady(_ name: String) throws {
        var said = ""
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !said.split(separator: "\n", omittingEmptySubsequences: false).dropLast().contains("ready") {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw ServerError("\(name) does not start; is it installed?\n\(said)") }
            said += String(decoding: chunk[..<count], as: UTF8.self)
        }
    }
}

/// Runs what blocks on a thread of its own.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
}

struct ServerError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
