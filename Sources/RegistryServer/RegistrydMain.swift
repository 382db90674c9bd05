import ArgumentParser
public import RegistryCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The whole program but for its storage drivers. A registryd with drivers of its own is
///
///     import RegistryServer
///     await RegistrydMain.run(drivers: [.mine])
public enum RegistrydMain {
    /// Does what the process's command line says with these storage drivers, and ends the process if that fails: with
    /// status 64 when the command line is wrong, 78 when the configuration is, 69 when something that is needed is not
    /// there, and 1 otherwise.
    public static func run(drivers: [StorageDriver]) async {
        await Drivers.$current.withValue(drivers) {
            do {
                var command = try RootCommand.parseAsRoot()
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
            } catch {
                end(with: error)
            }
        }
    }

    private static func end(with error: any Error) -> Never {
        // Help, the version, and what is wrong with the command line are the argument parser's.
        let own: Bool =
            switch error {
            case is CommandFailure, is ConfigurationError, is StorageError, is MetadataError: true
            default: RootCommand.exitCode(for: error) == .failure
            }
        guard own else { RootCommand.exit(withError: error) }
        let failure = CommandFailure(error)
        LogOutput.standardError.write(Array(failure.report.utf8))
        exit(failure.code.rawValue)
    }
}
