import CCurl
import Logging
import NIOCore
import Synchronization

/// An I/O thread's loop: waits for sockets, time and orders, and lets curl work. Everything in it stays on that thread.
final class Reactor {
    let mailbox: Mailbox
    let configuration: TransportConfiguration
    let logger: Logger
    let multi: UnsafeMutableRawPointer

    /// By their exchange.
    var transfers: [ObjectIdentifier: Transfer] = [:]
    /// By curl's handle: those that curl works on.
    var working: [UnsafeMutableRawPointer: Transfer] = [:]
    var turns: Turns
    var sockets: Sockets
    var handles: EasyPool
    var buffers: BufferPool
    /// They have something to deliver.
    private var dirty: [Transfer] = []
    /// As of the last time something happened.
    private(set) var now = MonotonicTime.now
    /// When curl wants to be called even if nothing happens.
    private var curlTime = MonotonicTime.max
    /// No transfer is overdue before.
    var nextLimit = MonotonicTime.max
    /// No transfer has waited for a whole chunk for long enough before.
    var nextEasing = MonotonicTime.max
    var isShutDown = false
    private var isTrimmed = true

    /// nil: there is no memory.
    init?(_ mailbox: Mailbox, _ configuration: TransportConfiguration, _ logger: Logger) {
        guard let multi = curl_multi_init() else { return nil }
        self.mailbox = mailbox
        self.configuration = configuration
        self.logger = logger
        self.multi = multi
        turns = Turns(perOrigin: max(1, configuration.connectionsPerHost / max(1, configuration.threads)))
        sockets = Sockets(mailbox)
        handles = EasyPool(configuration)
        buffers = BufferPool(size: configuration.chunkSize)
        setUpMulti()
    }

    deinit {
        handles.trim()
        curl_multi_cleanup(multi)
    }

    /// Until it is shut down.
    func run() {
        while !isShutDown { turn() }
        shutDown()
    }

    private func turn() {
        let events = sockets.wait(patience)
        now = .now
        if events == nil { trimIfIdle() }
        for (socket, what) in events ?? [] { act(socket, what) }
        for command in mailbox.take() { obey(command) }
        if curlTime <= now {
            curlTime = .max
            act(CURL_SOCKET_TIMEOUT, 0)
        }
        endFinished()
        if nextLimit <= now { endOverdue() }
        deliver()
        if nextEasing <= now { easeMarks() }
        beginNext()
    }

    /// How long to wait for anything, in milliseconds.
    private var patience: CInt {
        let next = min(curlTime, nextLimit, nextEasing)
        let idle: CInt = transfers.isEmpty && !isTrimmed ? 5_000 : -1
        guard next != .max else { return idle }
        return idle < 0 ? next.millisecondsLeft : min(idle, next.millisecondsLeft)
    }

    private func act(_ socket: CInt, _ what: CInt) {
        var running: CInt = 0
        curl_multi_socket_action(multi, socket, what, &running)
    }

    func setCurlTime(_ milliseconds: Int) {
        curlTime = milliseconds < 0 ? .max : MonotonicTime.now.adding(.milliseconds(milliseconds))
    }

    func markDirty(_ transfer: Transfer) {
        guard !transfer.isDirty else { return }
        transfer.isDirty = true
        dirty.append(transfer)
    }

    private func deliver() {
        while let transfer = dirty.popLast() {
            transfer.isDirty = false
            transfer.deliver()
        }
    }

    private func trimIfIdle() {
        guard transfers.isEmpty else { return }
        handles.trim()
        buffers.trim()
        isTrimmed = true
    }

    func noteWork() { isTrimmed = false }
}
