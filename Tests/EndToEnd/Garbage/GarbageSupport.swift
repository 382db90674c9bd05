extension Server {
    /// Collects garbage beside the server, with these settings over its own: what it printed.
    func gc(_ settings: [String], _ options: String...) throws -> String {
        let result = try uncheckedGC(settings, options)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        return result.line
    }

    func gc(_ settings: String...) throws -> String { try gc(settings) }

    func uncheckedGC(_ settings: [String], _ options: String...) throws -> ProcessResult {
        try uncheckedGC(settings, options)
    }

    private func uncheckedGC(_ settings: [String], _ options: [String]) throws -> ProcessResult {
        let all = [bucket?.setting].compactMap(\.self) + settings
        return try uncheckedCommand(["gc"] + options + all.flatMap { ["--set", $0] })
    }
}
