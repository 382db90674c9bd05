import ArgumentParser
import RegistryCore

struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Make the database's rows of blobs anew from a backend's objects. The server must not run.",
        discussion: """
            For a database that is older than its blobs: after registryd restore, blobs that were pushed or moved since are \
            known again. gc then removes those that nobody uses, after gc.grace. Without any database, it makes one that knows \
            the blobs.

            Whosever the backend's storage was, it is this database's afterwards: no registryd with another database may use it any \
            more. If the database did not know the storage, or objects were left, what no row knows stays until somebody runs \
            registryd gc --orphans.

            What is in no backend does not come back: repositories, tags, manifests, users, grants and tokens are in the database \
            and its snapshots alone. So no image can be pulled because of this command; but when images are pushed again, none \
            of their layers is stored twice.
            """
    )

    @OptionGroup var options: StorageOptions

    @Option(help: ArgumentHelp("The backend whose objects are listed.", valueName: "name"))
    var backend: String

    @Flag(
        help: """
            Read every object that is unknown, and believe its content instead of its name. Objects whose names have no digest \
            are only taken with it.
            """)
    var verify = false

    func run() async throws {
        let command = self
        try await options.withStorage(rebuilding: backend) { access in
            let name = try access.backend(command.backend, "--backend")
            guard let storage = access.backends.all[name] else { return }
            let rebuild = Rebuild(
                metadata: access.store, backend: name, storage: storage, verifies: command.verify)
            var report = RebuildReport()
            var keepsUnknown = false
            let shown = Mutex(0)
            do {
                report = try await ProgressLine().showing({
                    "listing the objects: \(Amount.count(shown.withLock { $0 }))"
                }) {
                    var report = RebuildReport()
                    try await rebuild.run(&report) { report in shown.withLock { $0 = report.objects } }
                    return report
                }
            } catch is CancellationError {
                throw CommandFailure(.failure, "interrupted; run it again to take the rest")
            }
            if let installation = storage.installation {
                let known = try await access.store.installation(of: name)
                // The server's schedule is not to remove what was left: of a database that is lost, nobody knows what else there was.
                keepsUnknown = known?.id != installation.id || report.hasLeft
                if keepsUnknown { try await access.store.noteRestored(at: .now) }
                // Now that all of it is known, it is this database's, whoever's it was.
                try await access.store.setInstallation(installation.id, of: name)
            }
            try command.options.print(
                report.text(name, keepsUnknown: keepsUnknown), report.tree(name, keepsUnknown: keepsUnknown))
            if let failure = report.failure(name) { throw failure }
        }
    }
}

extension RebuildReport {
    /// There are objects of blobs that no row speaks of, and that may be all there is of one.
    var hasLeft: Bool { unnamed > 0 || counts.wrongSizes > 0 || !damaged.isEmpty }

    /// - Parameter keepsUnknown: nothing that no row knows is removed until somebody says so.
    func text(_ backend: String, keepsUnknown: Bool) -> String {
        var lines = [
            "\(Amount.count(counts.blobs.blobs, "blob")) (\(Amount.bytes(counts.blobs.bytes))) of \(backend) taken up; "
                + "\(Amount.count(known, "object")) known already"
        ]
        if counts.places.blobs > 0 {
            lines.append("\(Amount.count(counts.places.blobs, "known blob")) found to be on \(backend), too")
        }
        if counts.replaced.blobs > 0 {
            lines.append(
                "\(Amount.count(counts.replaced.blobs, "known blob")) found again, whose object there was damaged or gone"
            )
        }
        if counts.spare > 0 {
            lines.append("\(Amount.count(counts.spare, "object")) of blobs that have another one there")
        }
        if snapshots > 0 {
            lines.append("\(Amount.count(snapshots, "snapshot")) of a database: registryd restore \(backend)")
        }
        if unnamed > 0 {
            lines.append(
                "\(Amount.count(unnamed, "object")) without a digest in the name: --verify reads and takes them")
        }
        if strangers > 0 {
            lines.append("\(Amount.count(strangers, "object")) with names that are not registryd's: left alone")
        }
        if keepsUnknown {
            lines.append(
                "objects that no row knows stay, on every backend: once none of them is needed, registryd gc --orphans")
        }
        return lines.map { "\($0)\n" }.joined()
    }

    func tree(_ backend: String, keepsUnknown: Bool) -> ConfigNode {
        .map([
            "backend": .words(backend), "objects": .text(objects), "known": .text(known),
            "blobs": .text(counts.blobs.blobs), "bytes": .text(counts.blobs.bytes),
            "places": .text(counts.places.blobs), "replaced": .text(counts.replaced.blobs),
            "spare": .text(counts.spare), "snapshots": .text(snapshots),
            "unnamed": .text(unnamed), "strangers": .text(strangers), "wrong-sizes": .text(counts.wrongSizes),
            "keeps-unknown": .text(keepsUnknown),
            "damaged": .list(damaged.map { .map(["key": .words($0.key), "why": .words($0.why)]) }),
        ])
    }

    /// What is not as it should be; nil: everything is.
    func failure(_ backend: String) -> CommandFailure? {
        var lines = damaged.map { "\(backend)/\($0.key) is damaged, and left alone: \($0.why)" }
        if counts.wrongSizes > 0 {
            lines.append(
                "\(Amount.count(counts.wrongSizes, "object")) of \(backend) have not the size of their blob: left alone"
            )
        }
        return lines.isEmpty ? nil : CommandFailure(.failure, lines.joined(separator: "\n"))
    }
}
