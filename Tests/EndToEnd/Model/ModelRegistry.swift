import Foundation
import Glibc
import Synchronization

/// The registry that a run is about: a server with two backends, and the commands beside it.
final class ModelRegistry: Sendable {
    static let names = ["first", "second"]

    let server: Server
    let backends: [ModelBackend]
    /// Of the server's own collections.
    private let interval: String
    private struct State {
        /// How often the server was ended, or began again.
        var disturbances = 0
        var isDown = false
        var active = 0
    }
    private let state = Mutex(State())
    /// Counts what clients have done.
    let progress = Counter()
    /// What was done to it, for whoever wants to know how something came.
    private let notes = Mutex<[String]>([])

    init(_ backends: [ModelBackend], interval: String, directory: TemporaryDirectory) throws {
        self.backends = backends
        self.interval = interval
        server = try Server(
            configuration: Self.configuration(backends, active: 0, interval: interval), directory: directory)
    }

    private static func configuration(
        _ backends: [ModelBackend], active: Int, interval: String, idle: String = "30m"
    ) -> String {
        let sections = zip(names, backends).map { "    \($0): \($1.section)\n" }.joined()
        return """
            storage:
              active: \(names[active])
              backends:
            \(sections)
            gc: { interval: \(interval), grace: 0s }
            backup: { interval: never }
            limits: { upload-idle: \(idle) }
            """
    }

    func note(_ what: String) { notes.withLock { $0.append("\(progress.value): \(what)") } }

    var history: [String] { notes.withLock { $0 } }

    // MARK: The server

    var active: Int { state.withLock { $0.active } }

    /// New blobs go there, from now on.
    func activate(_ backend: Int) throws {
        try reload(Self.configuration(backends, active: backend, interval: interval))
        state.withLock { $0.active = backend }
    }

    /// The server collects nothing by itself any more, and sessions do not wait for anybody.
    func quieten() throws {
        try reload(Self.configuration(backends, active: active, interval: "never", idle: "200ms"))
    }

    private func reload(_ configuration: String) throws {
        // A command may be reading it.
        let file = try server.directory.write(configuration, to: "next.yaml")
        guard rename(file, server.directory("registryd.yaml")) == 0 else { throw SystemError("rename") }
        func reloads() -> Int { server.log.components(separatedBy: "configuration reloaded").count }
        let before = reloads()
        server.signal(SIGHUP)
        try eventually("that the server reloads; its log:\n\(server.log.suffix(3000))") { reloads() > before }
    }

    /// Ends the server, with SIGTERM or without warning, and starts it again.
    func restart(_ signal: CInt) throws {
        state.withLock {
            $0.isDown = true
            $0.disturbances += 1
        }
        defer {
            state.withLock {
                $0.isDown = false
                $0.disturbances += 1
            }
        }
        let exit = server.stop(signal)
        guard exit == (signal == SIGKILL ? .signal(SIGKILL) : .code(0)) else {
            throw NeverHappened(description: "the server ended with \(String(describing: exit)):\n\(server.log)")
        }
        try server.start()
    }

    /// The end of its log, or what it says of its own end.
    var lastWords: String {
        // A crash is told in many lines.
        if !state.withLock({ $0.isDown }), !server.isRunning { _ = server.waitForExit() }
        let log = server.log
        let crash = ["Fatal error", "Program crashed"].compactMap { log.range(of: $0)?.lowerBound }.min()
        return crash.map { String(log[$0...].prefix(12_000)) } ?? String(log.suffix(3000))
    }

    /// For ``wasDisturbed(since:)``.
    var disturbances: Int { state.withLock { $0.disturbances } }

    /// Whether an answer may not have come because the server was ended.
    func wasDisturbed(since count: Int) -> Bool { state.withLock { $0.isDown || $0.disturbances != count } }

    /// Whoever was not answered hears from the next server what came of it.
    func waitUntilUp() throws {
        try eventually("that there is a server again", within: .seconds(120)) { state.withLock { !$0.isDown } }
    }

    // MARK: Commands

    private var options: [String] { ["--config", server.directory("registryd.yaml"), "--data", server.data] }

    func gc(_ more: String...) throws -> ProcessResult {
        try runUnchecked(Server.built("registryd"), ["gc"] + more + options)
    }

    func startGC() throws -> ChildProcess { try ChildProcess(Server.built("registryd"), ["gc"] + options) }

    func startMigration(from source: Int, deleting: Bool) throws -> ChildProcess {
        try ChildProcess(Server.built("registryd"), migration(from: source, deleting: deleting))
    }

    func migrate(from source: Int, deleting: Bool) throws {
        let result = try runUnchecked(Server.built("registryd"), migration(from: source, deleting: deleting))
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
    }

    private func migration(from source: Int, deleting: Bool) -> [String] {
        ["migrate", "--from", Self.names[source], "--to", Self.names[1 - source]]
            + (deleting ? ["--delete-source"] : []) + options
    }
}
