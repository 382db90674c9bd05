import CCurl
import Glibc
import RegistryCore
import Synchronization

/// How everybody else talks to an I/O thread.
final class Mailbox: Sendable {
    enum Command: Sendable {
        case start(Exchange)
        case cancel(Exchange)
        /// The reader has taken enough for the socket to be read again, or the source has something for a transfer that ran
        /// out of it.
        case goOn(Exchange)
        case shutDown
    }

    private struct State {
        var commands: [Command] = []
        var isClosed = false
    }

    let epoll: CInt
    let bell: CInt
    /// Exchanges that the thread has not ended yet.
    let load = Atomic(0)
    private let state = Mutex(State())

    init() throws(TransportError) {
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        bell = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard epoll >= 0, bell >= 0 else {
            throw TransportError(.other, "cannot set up an I/O thread: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if epoll >= 0 { Glibc.close(epoll) }
        if bell >= 0 { Glibc.close(bell) }
    }

    /// False: the thread takes nothing any more.
    @discardableResult
    func post(_ command: Command) -> Bool {
        let wasEmpty: Bool? = state.withLock { state in
            if state.isClosed { return nil }
            defer { state.commands.append(command) }
            return state.commands.isEmpty
        }
        guard let wasEmpty else { return false }
        if wasEmpty { eventfd_write(bell, 1) }
        return true
    }

    func take() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Refuses what comes from now on, and returns what had come.
    func close() -> [Command] {
        state.withLock { state in
            state.isClosed = true
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// The thread could not start: everything fails, now and later.
    func refuse() {
        for case .start(let exchange) in close() {
            exchange.finish(nil, [], .failure(exchange.error(.other, "curl has no memory")))
        }
    }
}
