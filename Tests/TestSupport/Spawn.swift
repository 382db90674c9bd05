internal import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Runs a program and waits for it. Nothing of ours is open in it, and nothing but a process is waited for.
///
/// - Returns: what waitpid(2) says of it; zero: it was successful.
package func spawn(_ program: String, _ arguments: [String], output: String) throws -> CInt {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var variables = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var id: pid_t = 0
    let failure = posix_spawnp(&id, program, &actions, nil, &words, &variables)
    guard failure == 0 else { throw CannotSpawn(program: program, code: failure) }
    var status: CInt = 0
    while waitpid(id, &status, 0) < 0 {
        guard errno == EINTR else { throw CannotSpawn(program: program, code: errno) }
    }
    return status
}

struct CannotSpawn: Error {
    var program: String
    /// As errno has it.
    var code: CInt
}
