import RegistryCore

/// What came of an adoption, for its user.
struct AdoptionResult: Sendable {
    let backend: String
    let isDryRun: Bool
    let owns: Bool
    let report: AdoptionReport
    var copy: MigrationReport?

    /// Why the command fails; nil: everything is here.
    var failure: CommandFailure? {
        if !report.losses.isEmpty {
            let what = "\(Amount.count(report.losses.count, "problem")) in the old registry"
            return CommandFailure(.failure, "\(what), see above; the rest \(isDryRun ? "can be taken" : "is here")")
        }
        return copy?.failure
    }

    var text: String {
        var lines: [String] = []
        if report.changedNothing {
            lines.append("nothing is new: everything that can be taken from \(backend) is here")
        } else {
            lines.append("\(isDryRun ? "would be taken" : "taken") from \(backend):")
        }
        let table = Table(
            header: ["", "NEW", "HERE BEFORE"],
            rows: [
                row("repositories", report.repositories), row("tags", report.tags), row("manifests", report.manifests),
                ["blobs", Amount.count(report.taken.blobs), Amount.count(report.known.blobs)],
                ["bytes of blobs", Amount.bytes(report.taken.bytes), Amount.bytes(report.known.bytes)],
            ])
        lines += ["", String(table.text.dropLast()), ""]
        lines += report.problems.map(\.description)
        if !report.problems.isEmpty { lines.append("") }
        if owns, !isDryRun { lines.append("the files of these blobs are registryd's now") }
        if report.unowned.blobs > 0 {
            lines.append(
                "the files of \(Amount.count(report.unowned.blobs, "blob")), \(Amount.bytes(report.unowned.bytes)), "
                    + "\(isDryRun ? "would stay" : "stay") the old registry's: a repository that has them did not come as a whole, "
                    + "see above")
        }
        if report.repositories.taken > 0 {
            lines.append(
                "new repositories \(isDryRun ? "would be" : "are") public: "
                    + "registryd repo visibility NAME private changes that")
        }
        if lines.last == "" { lines.removeLast() }
        return lines.map { $0 + "\n" }.joined()
    }

    private func row(_ name: String, _ count: AdoptionReport.Count) -> [String] {
        [name, Amount.count(count.taken), Amount.count(count.known)]
    }

    var tree: ConfigNode {
        let problems = report.problems.map { problem in
            ConfigNode.map([
                "kind": .words(problem.kind.rawValue), "repository": .words(problem.repository),
                "reference": problem.reference.map { .words($0) } ?? .null, "message": .words(problem.message),
            ])
        }
        return .map([
            "backend": .words(backend), "dry-run": .text(isDryRun),
            "repositories": Self.tree(report.repositories), "tags": Self.tree(report.tags),
            "manifests": Self.tree(report.manifests),
            "blobs": Self.tree(.init(taken: report.taken.blobs, known: report.known.blobs)),
            "bytes": .map(["new": .text(report.taken.bytes), "known": .text(report.known.bytes)]),
            "not-owned": .text(report.unowned.blobs), "problems": .list(problems), "copy": copy?.tree ?? .null,
        ])
    }

    private static func tree(_ count: AdoptionReport.Count) -> ConfigNode {
        .map(["new": .text(count.taken), "known": .text(count.known)])
    }
}
