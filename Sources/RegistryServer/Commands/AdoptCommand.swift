import ArgumentParser
import RegistryCore

struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Take over the storage of a CNCF distribution registry (registry:2, registry:3) where it is.",
        discussion: """
            Its repositories, tags, manifests and blobs are pulled from registryd afterwards. No blob is copied, and the old files \
            are never changed: the old registry goes on with them. A running server must have the backend in its configuration \
            (reload or restart it) before this command runs.

            What is not whole there is reported, and makes the command exit with 1; the rest is taken. Run it again whenever you \
            like: it takes what is new in the old registry, and what was deleted here. A tag that points elsewhere here is \
            reported and stays.

            New repositories are public. For one that is to be private: registryd repo create NAME --visibility private, before.
            """
    )

    @OptionGroup var options: StorageOptions

    @Option(help: ArgumentHelp("The backend whose folder or bucket holds the old registry.", valueName: "name"))
    var backend: String

    @Option(
        help: ArgumentHelp(
            "The old registry's rootdirectory, from the root of the backend; it holds docker/registry/v2.",
            valueName: "path"))
    var root = "/"

    @Option(
        help: ArgumentHelp("Then copy the blobs to this backend, and leave the old files alone.", valueName: "name"))
    var copyTo: String?

    @Flag(
        help: ArgumentHelp(
            "The blobs' files belong to registryd from now on: garbage collection deletes those that nobody needs.",
            discussion: "Not those of a repository that could not be taken as a whole."))
    var own = false

    @Flag(help: "Say what there is to take, and what is wrong with it. Changes nothing.")
    var dryRun = false

    func validate() throws {
        guard DistributionLayout(root: root) != nil else {
            throw ValidationError("--root \(root): expected a path below the root of the backend, without . and ..")
        }
        guard copyTo != backend else { throw ValidationError("--backend and --copy-to are the same backend") }
        guard !own || copyTo == nil else {
            throw ValidationError("--own and --copy-to do not go together: what is copied is not needed there any more")
        }
    }

    func run() async throws {
        let command = self
        try await options.withStorage { access in try await command.run(access) }
    }

    private func run(_ access: StorageOptions.Access) async throws {
        let backend = try access.backend(backend, "--backend")
        if !dryRun { try await access.checkServed(backend) }
        let target = try copyTo.map { try access.backend($0, "--copy-to") }
        guard let layout = DistributionLayout(root: root), let storage = access.backends.all[backend] else { return }
        let adoption = Adoption(
            metadata: access.store, storage: storage, backend: backend, layout: layout,
            manifestSize: access.settings.registrySettings.manifestSize, owns: own, isDryRun: dryRun)
        let report = try await adopt(adoption)
        guard !report.foundNothing else {
            throw CommandFailure(
                .failure,
                "backend \(backend) has nothing at \(layout.repositories): --root is the rootdirectory of the old "
                    + "registry, seen from the root of the backend")
        }
        var result = AdoptionResult(backend: backend, isDryRun: dryRun, owns: own, report: report)
        if !dryRun, own || !report.changedNothing { await record(result, access) }
        if let target, !dryRun {
            // Should the copy fail, this is what there is to know.
            if !options.json { try LogOutput.standardOutput.print(result.text) }
            let migration = Migration(source: backend, target: target, deletesSource: true, onlyAdopted: true)
            let copy: MigrationReport
            do {
                copy = try await MigrationRun(migration: migration, access: access).run()
            } catch {
                if options.json { try LogOutput.standardOutput.print(result.tree.json + "\n") }
                throw error
            }
            result.copy = copy
            try options.print("\n" + copy.text, result.tree)
        } else {
            try options.print(result.text, result.tree)
        }
        if let failure = result.failure { throw failure }
    }

    private func adopt(_ adoption: Adoption) async throws -> AdoptionReport {
        let current = Mutex(AdoptionProgress.listingLinks(0))
        do {
            return try await ProgressLine().showing({ current.withLock { $0 }.text }) {
                try await adoption.run { progress in current.withLock { $0 = progress } }
            }
        } catch  where error is CancellationError || Task.isCancelled {
            throw CommandFailure(.failure, "interrupted; run it again to take the rest", cause: error)
        }
    }

    private func record(_ result: AdoptionResult, _ access: StorageOptions.Access) async {
        let audit = AuditFile(access.settings.auditPath, logger: access.logger)
        let actor = SystemUser.actor(environment: options.configuration.source.environment)
        let report = result.report
        await audit.record(
            AuditEvent(
                .adopted, actor: actor, origin: "command line",
                [
                    ("backend", result.backend), ("root", root), ("repositories", "\(report.repositories.taken)"),
                    ("tags", "\(report.tags.taken)"), ("manifests", "\(report.manifests.taken)"),
                    ("blobs", "\(report.taken.blobs)"), ("own", "\(own)"),
                ]))
    }
}

extension AdoptionProgress {
    fileprivate var text: String {
        switch self {
        case .listingLinks(let count): "listing the repositories: \(Amount.count(count, "file"))"
        case .listingBlobs(let count): "listing the blobs: \(Amount.count(count, "file"))"
        case .taking(let done, let total):
            "\(Amount.count(done)) of \(Amount.count(total)) layers, manifests and tags"
        }
    }
}
