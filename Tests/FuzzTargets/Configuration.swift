#if DEBUG
    @testable import RegistryCore
    @testable import RegistryServer
    import StorageFS
    import StorageS3

    /// A configuration file.
    func readConfiguration(_ input: [UInt8]) throws {
        guard let text = String(validating: input, as: UTF8.self), let settings = try read(text) else { return }
        let shown = try settings.tree.yaml()
        try rule(
            StrictJSON.flaw(in: settings.tree.json.utf8) == nil, "shown as JSON that is none: \(settings.tree.json)")
        guard let again = try read(shown) else {
            throw BrokenRule(description: "what is shown is not accepted: \(shown)")
        }
        // Quotes may differ.
        let (first, second) = (settings.tree.json, again.tree.json)
        try rule(first == second, "what is shown says something else: \(first)\n\(second)")
    }

    /// nil: it is refused.
    private func read(_ text: String) throws -> Settings? {
        let source = ConfigurationSource(
            file: "registryd.yaml", environment: ["NAME": "value"], workingDirectory: "/srv")
        let drivers = [StorageDriver.fs, .s3].map { StorageDriverCheck($0) }
        do {
            return try source.settings(text: text, drivers: drivers)
        } catch let error as ConfigurationError {
            try rule(!error.problems.isEmpty, "refused without a reason")
            for problem in error.problems {
                try rule(!problem.path.isEmpty || problem.origin != nil, "neither key nor line: \(problem)")
                try rule(!problem.text.isEmpty, "nothing is said of \(problem)")
            }
            return nil
        }
    }
#endif
