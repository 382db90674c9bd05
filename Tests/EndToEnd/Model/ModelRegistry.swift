import Foundation
import Glibc
import Synchronization

/// The registry that a run is about: a server with two backends, and the commands beside it.
final class ModelRegistry: Sendable {
    let server: Server
    let backends: [ModelBackend]
    let stillness: ModelStillness
    private struct State {
        var moment = ModelMoment()
        var settings: ModelSettings
    }
    private let state: Mutex<State>
    /// Counts what clients have done.
    let progress = Counter()
    /// Counts the objects without a row that commands have removed.
    let strays = Counter()
    /// What was done to it, for whoever wants to know how something came.
    private let notes = Mutex<[String]>([])

    init(_ backends: [ModelBackend], interval: String, clients: Int, directory: TemporaryDirectory) throws {
        let settings = ModelSettings(interval: interval)
        self.backends = backends
        stillness = ModelStillness(clients: clients)
        state = Mutex(State(settings: settings))
        server = try Server(configuration: settings.text(backends), directory: directory)
    }

    func note(_ what: String) { notes.withLock { $0.append("\(progress.value): \(what)") } }

    var history: [String] { notes.withLock { $0 } }

    // MARK: What clients may meet

    var moment: ModelMoment { state.withLock { $0.moment } }

    /// Whoever was not answered hears from the next server what came of it.
    func waitUntilUp() throws {
        try eventually("that there is a server again", within: .seconds(120)) { !moment.isDown }
    }

    /// Writes are refused while `body` is at work.
    func whileReadOnly(_ body: () throws -> Void) throws {
        try setReadOnly(true)
        try body()
        try setReadOnly(false)
    }

    private func setReadOnly(_ isReadOnly: Bool) throws {
        state.withLock { $0.moment.turn(.changing) }
        try reload { $0.isReadOnly = isReadOnly }
        state.withLock { $0.moment.turn(isReadOnly ? .readOnly : .writable) }
    }

    // MARK: The server

    var active: Int { state.withLock { $0.settings.active } }

    /// New blobs go there, from now on.
    func activate(_ backend: Int) throws { try reload { $0.active = backend } }

    /// The server collects nothing by itself any more, and sessions do not wait for anybody.
    func quieten() throws {
        try reload {
            $0.interval = "never"
            $0.idle = "200ms"
        }
    }

    private func reload(_ change: (inout ModelSettings) -> Void) throws {
        var settings = state.withLock { $0.settings }
        change(&settings)
        // A command may be reading it.
        let file = try server.directory.write(settings.text(backends), to: "next.yaml")
        guard rename(file, server.directory("registryd.yaml")) == 0 else { throw SystemError("rename") }
        try server.reload()
        state.withLock { $0.settings = settings }
    }

    /// Ends the server, with SIGTERM or without warning, and starts it again.
    ///
    /// - Parameter meanwhile: what is done while it is away.
    func restart(_ signal: CInt, meanwhile: () throws -> Void = {}) throws {
        state.withLock { $0.moment.turn(down: true) }
        defer { state.withLock { $0.moment.turn(down: false) } }
        let exit = server.stop(signal)
        guard exit == (signal == SIGKILL ? .signal(SIGKILL) : .code(0)) else {
            throw NeverHappened(description: "the server ended with \(String(describing: exit)):\n\(server.log)")
        }
        try meanwhile()
        try server.start()
    }

    /// The end of its log, or what it says of its own end.
    var lastWords: String {
        // A crash is told in many lines.
        if !moment.isDown, !server.isRunning { _ = server.waitForExit() }
        let log = server.log
        let crash = ["Fatal error", "Program crashed"].compactMap { log.range(of: $0)?.lowerBound }.min()
        return crash.map { String(log[$0...].prefix(12_000)) } ?? String(log.suffix(3000))
    }
}
