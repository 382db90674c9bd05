import ArgumentParser
import RegistryCore

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say what keeps a blob or a manifest.",
        discussion:
            "Prints each way to it: repository, tag, index, manifest. Exits with 1 when nothing has that digest."
    )

    @OptionGroup var options: AdministrationOptions

    @Argument(help: "As sha256:9f86d0….", transform: Nouns.digest)
    var digest: Digest

    func run() async throws {
        let rules = try options.settings().garbage.rules
        try await options.withAdministration { _, store in
            guard let keeping = try await store.keeping(digest, limit: 20) else {
                throw CommandFailure(.failure, "there is no blob and no manifest \(digest)")
            }
            try options.print(keeping.text(digest, rules), keeping.tree(digest, rules))
        }
    }
}

extension Keeping {
    /// When nothing keeps the blob: from when on it may go.
    private func goes(_ rules: GarbageRules) -> Timestamp? {
        guard let blob, chains.isEmpty, !isMoreUncounted else { return nil }
        return blob.touched + rules.grace
    }

    fileprivate func text(_ digest: Digest, _ rules: GarbageRules) -> String {
        var lines: [String] = []
        if let blob {
            let places = Amount.count(blob.repositories, "repositories", one: "repository")
            lines.append("blob \(digest), \(Amount.bytes(blob.size)), in \(places), last used \(blob.touched)")
        }
        if isManifest { lines.append("manifest \(digest)") }
        lines += chains.map { "  " + $0.text(digest) }
        if more > 0 || isMoreUncounted {
            lines.append("  and \(Amount.count(more)) more\(isMoreUncounted ? ", at least" : "")")
        }
        if let time = goes(rules) {
            lines.append("  no manifest needs it; garbage collection removes it after \(time)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    fileprivate func tree(_ digest: Digest, _ rules: GarbageRules) -> ConfigNode {
        .map([
            "digest": .words(digest),
            "blob": blob.map { blob in
                .map([
                    "size": .text(blob.size), "repositories": .text(blob.repositories), "touched": .words(blob.touched),
                ])
            } ?? .null,
            "manifest": .text(isManifest),
            "chains": .list(chains.map(\.tree)),
            "more": .text(more),
            "complete": .text(!isMoreUncounted),
            "goes-after": goes(rules).map { .words($0) } ?? .null,
        ])
    }
}

extension Keeping.Chain {
    fileprivate func text(_ digest: Digest) -> String {
        var steps = [tag.map { "tag \($0)" } ?? "untagged"]
        steps += manifests.map { "\($0.kind.rawValue) \($0.digest)" }
        if manifests.last?.digest != digest { steps.append("blob") }
        return "\(repository): " + steps.joined(separator: " → ")
    }

    fileprivate var tree: ConfigNode {
        .map([
            "repository": .words(repository),
            "tag": tag.map { .words($0) } ?? .null,
            "path": .list(
                manifests.map { .map(["kind": .words($0.kind.rawValue), "digest": .words($0.digest)]) }),
        ])
    }
}

extension Amount {
    /// For nouns whose plural is not theirs and an s.
    fileprivate static func count(_ number: Int, _ nouns: String, one noun: String) -> String {
        "\(count(number)) \(number == 1 ? noun : nouns)"
    }
}
