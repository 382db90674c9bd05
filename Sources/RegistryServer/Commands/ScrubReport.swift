import RegistryCore

/// What came of scrubs.
struct ScrubReport: Sendable {
    struct Backend: Sendable {
        let progress: ScrubProgress
        /// Objects that were replaced in this run.
        let repaired: Int
        let unreadable: Int
        /// What is damaged still, or the first of it.
        var damaged: [DamagedBlob] = []
        var moreDamaged = 0
    }

    var backends: [Backend] = []

    /// Damaged blobs that are listed, of each backend.
    fileprivate static let most = 1000

    /// Why the command fails; nil: nothing is damaged, any more.
    var failure: CommandFailure? {
        let damaged = backends.reduce(0) { $0 + $1.damaged.count + $1.moreDamaged }
        let unreadable = backends.reduce(0) { $0 + $1.unreadable }
        var parts: [String] = []
        if damaged > 0 { parts.append("\(Amount.count(damaged, "blob")) \(damaged == 1 ? "is" : "are") damaged") }
        if unreadable > 0 { parts.append("\(Amount.count(unreadable, "blob")) could not be read") }
        return parts.isEmpty ? nil : CommandFailure(.failure, "\(parts.joined(separator: ", ")): see above")
    }

    var text: String { backends.map(\.text).joined() }

    var tree: ConfigNode { .map(["backends": .list(backends.map(\.tree))]) }
}

extension ScrubReport.Backend {
    init(_ progress: ScrubProgress, _ scrubber: Scrubber, _ store: any MetadataStore) async throws {
        self.progress = progress
        repaired = scrubber.repaired
        unreadable = scrubber.unreadable
        for damage in try await store.damages(on: progress.backend, after: nil, limit: ScrubReport.most) {
            damaged.append(try await store.describe(damage))
        }
        moreDamaged = max(0, (try await store.countDamages()[progress.backend] ?? 0) - damaged.count)
    }

    fileprivate var text: String {
        let name = progress.backend
        var lines = [
            "\(name): \(Amount.count(progress.checked.blobs, "blob")), \(Amount.bytes(progress.checked.bytes)), "
                + "read and verified"
        ]
        if repaired > 0 { lines.append("\(name): \(Amount.count(repaired, "blob")) repaired") }
        lines += damaged.map(\.text)
        if moreDamaged > 0 { lines.append("\(name): \(Amount.count(moreDamaged)) more are damaged") }
        return lines.map { $0 + "\n" }.joined()
    }

    fileprivate var tree: ConfigNode {
        .map([
            "backend": .words(progress.backend), "blobs": .text(progress.checked.blobs),
            "bytes": .text(progress.checked.bytes), "repaired": .text(repaired), "unreadable": .text(unreadable),
            "damaged": .list(damaged.map(\.tree)), "more-damaged": .text(moreDamaged),
        ])
    }
}

extension DamagedBlob {
    var headline: String {
        "\(damage.blob.digest) (\(Amount.bytes(damage.blob.size)), \(users)) is damaged on \(damage.backend): "
            + damage.reason
    }

    private var users: String {
        if !images.isEmpty {
            return "needed by \(images.joined(separator: ", "))"
                + (moreImages > 0 ? " and \(Amount.count(moreImages)) more" : "")
        }
        let names = repositories.map(\.description).joined(separator: ", ")
        return names.isEmpty ? "in no repository" : "in \(names), needed by no image"
    }

    fileprivate var text: String {
        let advice =
            copies.isEmpty
            ? images.isEmpty ? "no copy is left" : "no copy is left: push \(images.joined(separator: ", ")) again"
            : "there is a copy on \(copies.joined(separator: ", ")): registryd scrub --repair"
        return "\(headline)\n  \(advice)"
    }

    fileprivate var tree: ConfigNode {
        .map([
            "digest": .words(damage.blob.digest), "size": .text(damage.blob.size), "reason": .words(damage.reason),
            "since": .words(damage.since), "images": .list(images.map { .words($0) }), "more-images": .text(moreImages),
            "repositories": .list(repositories.map { .words($0) }), "copies": .list(copies.map { .words($0) }),
        ])
    }
}
