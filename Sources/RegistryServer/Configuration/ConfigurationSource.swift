#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where a configuration comes from: a file or none, and the command line. Read again on every reload.
struct ConfigurationSource: Sendable {
    /// nil: no file.
    var file: String?
    /// `KEY=VALUE`, applied in order.
    var assignments: [String] = []
    var data: String?
    var listen: [String] = []
    var jsonLogs = false
    var environment: [String: String] = [:]
    /// What relative paths begin at.
    var workingDirectory: String

    /// The settings in force, or everything that is wrong. Opens and makes nothing.
    ///
    /// - Parameter ignored: a section that does not matter: what is wrong there is no error.
    func settings(drivers: [StorageDriverCheck], apartFrom ignored: String? = nil) throws -> Settings {
        try settings(text: try file.map(Self.read), drivers: drivers, apartFrom: ignored)
    }

    /// - Parameter text: what is in the file.
    func settings(text: String?, drivers: [StorageDriverCheck], apartFrom ignored: String? = nil) throws -> Settings {
        var problems: [ConfigProblem] = []
        let tree = try tree(text, &problems)
        // What could not be filled in is not wrong in itself as well, wherever it stands.
        let unfilled = Set(problems.map(\.path))
        var wrong: [ConfigProblem] = []
        let configuration = ConfigDecoder.decode(Configuration.self, from: tree, &wrong)
        problems += wrong.filter { $0.path.isEmpty || !unfilled.contains($0.path) }
        guard let configuration else { throw ConfigurationError(problems) }
        let settings = Settings(configuration, workingDirectory: workingDirectory)
        let broken = settings.brokenRules(configuration, tree) + settings.brokenBackends(drivers, tree: tree)
        problems += broken.filter { !$0.mayFollow(from: problems) }
        if let ignored { problems.removeAll { $0.path == ignored || $0.path.hasPrefix(ignored + ".") } }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return settings
    }

    /// What was written, with the command line applied and the environment filled in. Throws when there is nothing to
    /// read; whatever else is wrong goes to `problems`.
    private func tree(_ text: String?, _ problems: inout [ConfigProblem]) throws -> ConfigNode {
        var tree = ConfigNode.empty
        if let text {
            tree = try ConfigNode(yaml: text) { .file(file ?? "", line: $0) }
            if tree.isNull { tree = .empty }
        }
        func apply(_ change: (inout ConfigNode) throws -> Void) throws {
            do {
                try change(&tree)
            } catch let error as ConfigurationError {
                problems += error.problems
            }
        }
        for assignment in assignments { try apply { try $0.set(assignment) } }
        tree = tree.substituting(environment, problems: &problems)
        // A path or an address on the command line has been through the shell: it is taken as it is.
        if let data { try apply { try $0.set(.text(data), at: ["data"], .option("--data \(data)")) } }
        if !listen.isEmpty {
            let origin = ConfigNode.Origin.option("--listen")
            let nodes = listen.map { ConfigNode(.scalar($0, quoted: true), origin: .option("--listen \($0)")) }
            try apply { try $0.set(.list(nodes), at: ["http", "listen"], origin) }
        }
        if jsonLogs {
            try apply { try $0.set(.text(LogFormat.json.rawValue), at: ["log", "format"], .option("--json")) }
        }
        return tree
    }

    private static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "re") else {
            throw ConfigurationError([ConfigProblem("", "cannot read \(path): \(String(cString: strerror(errno)))")])
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard ferror(file) == 0 else {
            throw ConfigurationError([ConfigProblem("", "cannot read \(path): \(String(cString: strerror(errno)))")])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError([ConfigProblem("", "\(path) is not UTF-8 text")])
        }
        return text
    }
}
