import CCurl
import Logging
import NIOCore
import Synchronization

/// The HTTP client: libcurl's multi interface on I/O threads of its own. HTTP/1.1, connections used again, no redirects, no
/// cookies, no proxy but a configured one.
///
///     CurlTransport     send(_:)
///     Exchange          what a caller's task and an I/O thread share of one request
///     Mailbox           orders for an I/O thread
///     Reactor           the I/O thread: an epoll, curl's multi handle, time limits
///     Transfer          a request in there, with what curl calls back
///     EasyHandle        one of curl's handles
///
/// Bytes that come are copied once, from curl's buffer into ByteBuffers; those that go once, into curl's. A reader that is slow
/// leaves its socket unread: nothing is read ahead but `highWater` bytes and one read.
///
/// It has to outlive what it sends: when it goes, transfers that are under way fail.
final class CurlTransport: Sendable {
    private let configuration: TransportConfiguration
    private let mailboxes: [Mailbox]

    /// Starts the I/O threads.
    init(_ configuration: TransportConfiguration = .init(), logger: Logger) throws(TransportError) {
        guard Self.isCurlReady else { throw TransportError(.other, "libcurl cannot be initialised") }
        self.configuration = configuration
        var mailboxes: [Mailbox] = []
        for _ in 0..<max(1, configuration.threads) {
            let mailbox = try Mailbox()
            let isStarted = startIOThread {
                guard let reactor = Reactor(mailbox, configuration, logger) else { return mailbox.refuse() }
                reactor.run()
            }
            guard isStarted else { throw TransportError(.other, "the system has no thread left") }
            mailboxes.append(mailbox)
        }
        self.mailboxes = mailboxes
    }

    deinit { shutdown() }

    /// Ends what is under way with ``TransportError/Code/shutDown``, and what is sent from now on too. Returns at once.
    func shutdown() {
        for mailbox in mailboxes { mailbox.post(.shutDown) }
    }

    /// Sends `request`, and returns with the head of its response, whatever its status. Its body then comes as it is read.
    ///
    /// Cancelling the task stops the transfer. Once this has returned or thrown, the request's buffers are not read any more,
    /// unless the response came before all of them had gone.
    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        if let flaw = request.flaw { throw TransportError(.invalidRequest, "\(request.name): \(flaw)") }
        if Task.isCancelled { throw TransportError(.cancelled, "\(request.name): cancelled") }
        let exchange = try start(request)
        // Lets go of the transfer if this throws.
        let body = TransportBody(of: exchange)
        let head = try await exchange.head().get()
        return TransportResponse(status: head.status, headers: head.headers, body: body, wasResent: head.wasResent)
    }

    /// Transfers that are not over.
    var load: Int { mailboxes.reduce(0) { $0 + $1.load.load(ordering: .relaxed) } }

    private func start(_ request: TransportRequest) throws(TransportError) -> Exchange {
        var mailbox = mailboxes[0]
        var least = mailbox.load.load(ordering: .relaxed)
        // The first of the idle ones, as it has the warm connections.
        for other in mailboxes.dropFirst() where least > 0 {
            let load = other.load.load(ordering: .relaxed)
            if load < least { (mailbox, least) = (other, load) }
        }
        let exchange = Exchange(request, mailbox, lowWater: configuration.highWater / 2)
        mailbox.load.add(1, ordering: .relaxed)
        guard mailbox.post(.start(exchange)) else { throw exchange.error(.shutDown, "the transport was shut down") }
        return exchange
    }

    /// Once a process, before any thread uses it.
    private static let isCurlReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

extension Exchange {
    /// The response's head; a streamed body is fed meanwhile.
    fileprivate func head() async -> Result<Head, TransportError> {
        guard case .stream(let sequence, _) = request.body else { return await response() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.feed(sequence) }
            let head = await self.response()
            group.cancelAll()
            return head
        }
    }
}
