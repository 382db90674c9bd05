import RegistryCore

extension GarbageReport {
    /// What was removed, on one line.
    var summary: String {
        var parts = ["removed \(Amount.count(blobs, "blob")) (\(Amount.bytes(bytes)))"]
        if manifests > 0 { parts.append(Amount.count(manifests, "untagged manifest")) }
        if uploads > 0 { parts.append(Amount.count(uploads, "idle upload")) }
        if orphans > 0 { parts.append(Amount.count(orphans, "unknown object")) }
        parts.append("\(Amount.count(objects, "object")) deleted")
        return parts.joined(separator: ", ")
    }

    var text: String {
        var lines = [summary]
        if youngOrphans > 0 {
            lines.append(
                "\(Amount.count(youngOrphans, "object")) that no row knows: noted, and removed when gc.grace has passed"
            )
        }
        if let restored {
            lines.append(
                "objects that no row knows stay, as the database was restored or made anew at \(restored): once it speaks of everything, "
                    + "registryd gc --orphans")
        }
        if let nextDue { lines.append("more objects are deleted from \(nextDue) on, when nobody can be reading them") }
        return lines.map { $0 + "\n" }.joined()
    }

    var tree: ConfigNode {
        .map([
            "uploads": .text(uploads), "manifests": .text(manifests), "blobs": .text(blobs), "bytes": .text(bytes),
            "orphans": .text(orphans), "young-orphans": .text(youngOrphans), "objects": .text(objects),
            "failed": .text(failed), "next-due": nextDue.map { .words($0) } ?? .null,
            "restored": restored.map { .words($0) } ?? .null,
            "unlisted": .list(
                unlisted.sorted { $0.key < $1.key }.map { .map(["backend": .words($0.key), "why": .words($0.value)]) }),
        ])
    }

    /// Why the command fails; nil: everything went that was to go.
    var problem: CommandFailure? {
        var lines: [String] = []
        if let failure {
            lines.append(
                "\(Amount.count(failed, "object")) could not be deleted, and stay for the next time: \(failure)")
        }
        if !unlisted.isEmpty { lines.append(Self.text(of: unlisted)) }
        return lines.isEmpty ? nil : CommandFailure(.failure, lines.joined(separator: "\n"))
    }

    /// One line for each backend whose objects could not be listed.
    static func text(of unlisted: [String: String]) -> String {
        unlisted.sorted { $0.key < $1.key }.map { name, why in
            "the objects of backend \(name) could not be compared with the database: \(why)"
        }.joined(separator: "\n")
    }
}

extension Garbage {
    /// What it is, and why it goes.
    var line: String {
        switch self {
        case .upload(let session):
            "upload \(session.id) to \(session.repository): nobody went on with it since \(session.touched)\n"
        case .manifest(let manifest):
            "manifest \(manifest.digest) in \(manifest.repository): no tag, index or subject keeps it, "
                + "untagged since \(manifest.since)\n"
        case .blob(let blob):
            "blob \(blob.digest) \(Amount.bytes(blob.size)): no manifest needs it, last used \(blob.touched)\n"
        case .orphan(let object, let backend, let seen):
            "object \(object.key) on \(backend) \(Amount.bytes(object.size)): no row knows it, first seen \(seen)\n"
        case .youngOrphan(let object, let backend, let seen):
            "object \(object.key) on \(backend) \(Amount.bytes(object.size)): no row knows it, first seen "
                + "\(seen.map { "\($0)" } ?? "now"): noted, and removed when gc.grace has passed\n"
        }
    }

    var tree: ConfigNode {
        switch self {
        case .upload(let session):
            .map([
                "kind": .words("upload"), "id": .words(session.id), "repository": .words(session.repository),
                "touched": .words(session.touched),
            ])
        case .manifest(let manifest):
            .map([
                "kind": .words("manifest"), "digest": .words(manifest.digest),
                "repository": .words(manifest.repository), "untagged-since": .words(manifest.since),
            ])
        case .blob(let blob):
            .map([
                "kind": .words("blob"), "digest": .words(blob.digest), "size": .text(blob.size),
                "touched": .words(blob.touched),
            ])
        case .orphan(let object, let backend, let seen):
            Self.tree(object, backend, seen, isRemoved: true)
        case .youngOrphan(let object, let backend, let seen):
            Self.tree(object, backend, seen, isRemoved: false)
        }
    }

    /// `first-seen` is null of what is seen now.
    private static func tree(
        _ object: StoredObject, _ backend: String, _ seen: Timestamp?, isRemoved: Bool
    ) -> ConfigNode {
        .map([
            "kind": .words(isRemoved ? "object" : "noted-object"), "key": .words(object.key),
            "backend": .words(backend), "size": .text(object.size),
            "first-seen": seen.map { .words($0) } ?? .null,
        ])
    }
}
