import RegistryCore

/// Where snapshots of the database go.
enum BackupPlace: Sendable, Hashable {
    case backend(String)
    /// In which each gets a name of its own.
    case folder(String)
    case file(String)

    /// As the configuration says.
    init(_ rules: BackupRules, _ backends: BackendSet) {
        if backends.all[rules.to] != nil {
            self = .backend(rules.to)
        } else {
            self = rules.to.contains("/") ? .folder(rules.to) : .backend(backends.active)
        }
    }

    /// As a command line says: a backend by its name, a folder that is there or ends with a slash, otherwise a file.
    init(_ text: String, _ backends: BackendSet, workingDirectory: String) {
        if backends.all[text] != nil {
            self = .backend(text)
            return
        }
        var path = absolutePath(text, workingDirectory)
        let isFolder = path.hasSuffix("/") || FileSteps.isFolder(path)
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self = isFolder ? .folder(path) : .file(path)
    }
}

func absolutePath(_ path: String, _ workingDirectory: String) -> String {
    path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)"
}
