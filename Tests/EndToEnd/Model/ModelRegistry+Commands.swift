import Foundation
import Glibc

// The commands that are run beside the server.
extension ModelRegistry {
    private var options: [String] { ["--config", server.directory("registryd.yaml"), "--data", server.data] }

    private func outcome(of arguments: [String]) throws -> ProcessResult {
        try runUnchecked(Server.built("registryd"), arguments + options)
    }

    private func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(Server.built("registryd"), arguments + options)
    }

    private func check(_ arguments: [String]) throws {
        let result = try outcome(of: arguments)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
    }

    // MARK: Collections

    func startGC() throws -> ChildProcess { try start(["gc"]) }

    /// False: the server was at it.
    func gcUnlessBusy(_ more: [String] = []) throws -> Bool {
        let result = try outcome(of: ["gc", "--json"] + more)
        if result.exit == .code(69) { return false }
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        strays.add(try JSONDecoder().decode(Collected.self, from: Data(result.output.utf8)).orphans)
        return true
    }

    private struct Collected: Decodable {
        /// Objects that no row knew, and that went.
        var orphans: Int
    }

    /// Where the server collects nothing by itself.
    func gc(_ more: String...) throws {
        guard try gcUnlessBusy(more) else { throw GarbageIsCollected() }
    }

    private struct GarbageIsCollected: Error {}

    /// Removes all manifests that nothing keeps, and after them the blobs. Nobody else may use the registry meanwhile.
    func collectUntagged() throws {
        // What has no tag is noted at the first time.
        for _ in 0..<2 {
            try eventually("that the server is not at it") { try gcUnlessBusy(["--set", "gc.untagged=0s"]) }
        }
    }

    // MARK: Migrations

    func startMigration(from source: Int, deleting: Bool) throws -> ChildProcess {
        try start(migration(from: source, deleting: deleting))
    }

    func migrate(from source: Int, deleting: Bool) throws {
        try check(migration(from: source, deleting: deleting))
    }

    private func migration(from source: Int, deleting: Bool) -> [String] {
        let names = ModelSettings.backends
        return ["migrate", "--from", names[source], "--to", names[1 - source]] + (deleting ? ["--delete-source"] : [])
    }

    // MARK: Looking after it

    func startScrub() throws -> ChildProcess { try start(["scrub"]) }

    /// Reads every blob, or those that a scrub before has not come to. Throws if any is damaged.
    func scrub() throws { try check(["scrub"]) }

    func backup(to file: String) throws { try check(["backup", file]) }

    func restore(from file: String, after signal: CInt) throws {
        try restart(signal) { try check(["restore", file]) }
    }
}
