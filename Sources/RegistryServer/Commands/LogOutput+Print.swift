#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension LogOutput {
    /// Tests have one of their own.
    @TaskLocal static var standardOutput = LogOutput(descriptor: STDOUT_FILENO)

    /// What a command was asked for. Half an answer that exits with 0 would be taken for a whole one.
    func print(_ text: String) throws {
        let failure = write(Array(text.utf8))
        guard failure == 0 else {
            throw CommandFailure(.failure, "cannot write to standard output: \(errnoText(failure))")
        }
    }
}
