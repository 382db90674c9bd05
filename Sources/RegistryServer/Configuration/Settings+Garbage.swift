import RegistryCore

extension Configuration {
    struct Garbage: Decodable {
        var interval: TimeSpanOrNever?
        var grace: TimeSpan?
        var untagged: TimeSpanOrNever?
    }
}

extension Settings {
    /// When something goes that nobody needs.
    struct Garbage: Sendable, Hashable {
        var interval = TimeSpanOrNever(span: TimeSpan(milliseconds: 3_600_000))
        /// As it is written everywhere, and not `1d`.
        var grace = TimeSpan("24h") ?? TimeSpan(milliseconds: 24 * 3_600_000)
        var untagged = TimeSpanOrNever.never
    }
}

extension Settings.Garbage {
    init(_ configuration: Configuration.Garbage?) {
        interval = configuration?.interval ?? interval
        grace = configuration?.grace ?? grace
        untagged = configuration?.untagged ?? untagged
    }

    var rules: GarbageRules {
        var rules = GarbageRules()
        rules.interval = interval.duration
        rules.grace = grace.duration
        rules.untagged = untagged.duration
        return rules
    }

    var tree: ConfigNode {
        .map(["interval": .text(interval), "grace": .text(grace), "untagged": .text(untagged)])
    }

    /// Every rule that is broken: its key and what is wrong.
    var brokenRules: [(path: String, text: String)] {
        var broken: [(path: String, text: String)] = []
        // Longer ones could not be taken from a date.
        let most = Duration.seconds(36_500 * 86_400)
        if interval.duration == .zero { broken.append(("gc.interval", "expected more than 0s, or never")) }
        if grace.duration > most { broken.append(("gc.grace", "expected at most 36500d")) }
        if let untagged = untagged.duration, untagged > most {
            broken.append(("gc.untagged", "expected at most 36500d, or never"))
        }
        return broken
    }
}
