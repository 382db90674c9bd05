import RegistryCore

extension Configuration {
    struct Backup: Decodable {
        var interval: TimeSpanOrNever?
        var keep: Int?
        var to: String?
    }
}

extension Settings {
    /// When the server makes snapshots of its database, and where they go.
    struct Backup: Sendable, Hashable {
        var interval = TimeSpanOrNever(span: TimeSpan("24h"))
        var keep = 7
        /// A backend's name, the absolute path of a folder, or `active`.
        var to = "active"
    }
}

extension Settings.Backup {
    /// - Parameter absolute: makes a path absolute.
    init(_ configuration: Configuration.Backup?, absolute: (String) -> String) {
        interval = configuration?.interval ?? interval
        keep = configuration?.keep ?? keep
        to = configuration?.to.map { $0.contains("/") ? absolute($0) : $0 } ?? to
    }

    var rules: BackupRules {
        var rules = BackupRules()
        rules.interval = interval.duration
        rules.keep = keep
        rules.to = to
        return rules
    }

    var tree: ConfigNode {
        .map(["interval": .text(interval), "keep": .text(keep), "to": .words(to)])
    }

    /// Every rule that is broken: its key and what is wrong.
    func brokenRules(_ backends: [String]) -> [(path: String, text: String)] {
        var broken: [(path: String, text: String)] = []
        // Longer ones could not be added to a date.
        if let interval = interval.duration, interval == .zero || interval > .seconds(36_500 * 86_400) {
            broken.append(("backup.interval", "expected more than 0s and at most 36500d, or never"))
        }
        if !(1...10_000).contains(keep) { broken.append(("backup.keep", "expected 1 to 10000")) }
        if !to.contains("/"), to != "active", !backends.contains(to) {
            let names = backends.joined(separator: ", ")
            broken.append(
                ("backup.to", "no backend “\(to)”; there are: \(names); a folder has a slash in its path, as ./\(to)"))
        }
        return broken
    }
}
