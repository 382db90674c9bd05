import RegistryCore

/// What came of a migration.
struct MigrationReport: Sendable {
    let migration: Migration
    let progress: MigrationProgress
    let failures: [MigrationFailure]
    /// Objects that were deleted on the source.
    let removed: Int
    /// Upload sessions whose blobs will still come to the source.
    let openUploads: Int

    /// Why the command fails; nil: everything was moved.
    var failure: CommandFailure? {
        guard !failures.isEmpty else { return nil }
        return CommandFailure(
            .failure,
            "\(Amount.count(failures.count, "blob")) could not be moved and stayed on \(migration.source): see above")
    }

    var text: String {
        let (from, to) = (migration.source, migration.target)
        var lines: [String] = []
        if progress.copied.blobs == 0, failures.isEmpty {
            lines.append("nothing to copy: \(to) has every blob of \(from)")
        } else {
            lines.append(
                "\(Amount.count(progress.copied.blobs, "blob")), \(Amount.bytes(progress.copied.bytes)), "
                    + "copied from \(from) to \(to) and verified")
        }
        if migration.deletesSource, !migration.onlyAdopted {
            lines.append("\(Amount.count(removed, "object")) removed from \(from)")
        }
        if openUploads > 0 {
            lines.append(
                "\(Amount.count(openUploads, "upload")) that began on \(from) will end there: run it again when "
                    + "\(openUploads == 1 ? "it is" : "they are") over")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    var tree: ConfigNode {
        let list = failures.map { failure in
            ConfigNode.map([
                "digest": .words(failure.digest),
                "repositories": .list(failure.repositories.map { .words($0) }),
                "reason": .words(failure.reason),
            ])
        }
        return .map([
            "from": .words(migration.source), "to": .words(migration.target),
            "blobs": .text(progress.copied.blobs), "bytes": .text(progress.copied.bytes),
            "removed": .text(removed), "open-uploads": .text(openUploads), "failed": .list(list),
        ])
    }
}
