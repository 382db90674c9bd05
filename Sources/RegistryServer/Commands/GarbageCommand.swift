import ArgumentParser
import RegistryCore

struct GarbageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove what nobody needs any more, while the server runs.",
        discussion: """
            The server does the same on its own (gc.interval). Removed are blobs that no manifest needs and that nobody has \
            touched for gc.grace, uploads that nobody went on with, and, if gc.untagged says so, untagged manifests. Once in a \
            gc.grace the objects of every backend are compared with the database, too: what no row knows, and did not know the \
            time before, is removed. Stop it whenever you like: what it has removed stays removed, and the rest is for the next \
            time.
            """
    )

    @OptionGroup var options: StorageOptions

    @Flag(help: "Say what would be removed or noted, and why. Changes nothing.")
    var dryRun = false

    @Flag(
        help: """
            Look for objects that no row of the database knows now, whenever that was done last. Of those, too, the ones go that \
            were first seen gc.grace ago. After registryd restore nobody looks for them until somebody says this, once the \
            database speaks of everything in its backends again (registryd rebuild).
            """)
    var orphans = false

    func run() async throws {
        let command = self
        try await options.withStorage { access in
            var settings = access.settings.registrySettings
            // A request of the server prolongs its upload's life once a minute.
            settings.uploadIdle = max(settings.uploadIdle, .seconds(120))
            let registry = Registry(
                metadata: access.store, backends: access.backends, settings: settings,
                audit: AuditFile(access.settings.auditPath, logger: access.logger), logger: access.logger)
            if command.dryRun {
                try await command.preview(registry)
            } else {
                let lock = try GarbageLock.take(in: access.settings.data)
                defer { withExtendedLifetime(lock) {} }
                try await command.collect(registry)
            }
        }
    }

    private func collect(_ registry: Registry) async throws {
        let actor = SystemUser.actor(environment: options.configuration.source.environment)
        var report = GarbageReport()
        do {
            try await registry.collectGarbage(orphans: orphans, actor: actor, origin: "command line", &report)
        } catch {
            try options.print(report.text, report.tree)
            throw error is CancellationError
                ? CommandFailure(.failure, "interrupted; what was removed until then stays removed", cause: error)
                : error
        }
        try options.print(report.text, report.tree)
        if let problem = report.problem { throw problem }
    }

    private func preview(_ registry: Registry) async throws {
        var (blobs, bytes, others, noted) = (0, Int64(0), 0, 0)
        var list: [ConfigNode] = []
        let unlisted = try await registry.previewGarbage(orphans: orphans) { garbage in
            switch garbage {
            case .blob(let blob):
                blobs += 1
                bytes += blob.size
            case .youngOrphan: noted += 1
            default: others += 1
            }
            if options.json {
                list.append(garbage.tree)
            } else {
                try LogOutput.standardOutput.print(garbage.line)
            }
        }
        let more = others > 0 ? ", and \(Amount.count(others, "other thing"))" : ""
        let only = noted > 0 ? "; would note \(Amount.count(noted, "object")) that no row knows" : ""
        try options.print(
            "would remove \(Amount.count(blobs, "blob")) (\(Amount.bytes(bytes)))\(more)\(only)\n",
            .map([
                "blobs": .text(blobs), "bytes": .text(bytes), "noted": .text(noted), "garbage": .list(list),
            ]))
        if !unlisted.isEmpty { throw CommandFailure(.failure, GarbageReport.text(of: unlisted)) }
    }
}
