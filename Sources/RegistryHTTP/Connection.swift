import Logging
package import NIOCore
package import NIOHTTP1
import RegistryCore

/// One HTTP/1.1 connection, or one stream of an HTTP/2 connection, from its first byte to its last log line.
///
/// It is an actor that runs on the connection's event loop, and the last handler of its pipeline. A request is answered by
/// plain async code in a task that starts at once, on the loop, where the request was read; as long as that code does not have
/// to wait, the answer is written before the next event is looked at.
///
/// Requests are answered one after the other. Those that a client sends ahead wait in `pipelined`, and the socket is not
/// read while something waits there, or while the body of the current request waits to be taken (`mayRead`).
package actor Connection {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    let channel: any Channel
    let transport: Transport
    let server: ServerContext
    let settings: HTTPSettings
    private nonisolated let loop: LoopContext
    private let client: String

    private var exchange: Exchange?
    var body = BodyQueue()
    private var pipelined = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 0)
    private var clock: ConnectionClock
    private var isReadHeld = false
    private var isDraining = false
    private var receivedPart = false
    private var isTakingParts = false
    /// The last answer said so, or the client did.
    private var closesAfterExchange = false

    enum Transport {
        /// HTTP/1.1 over TCP: files go out by sendfile(2).
        case plain
        /// HTTP/1.1 over TLS.
        case tls
        case http2
    }

    /// A request being answered.
    struct Exchange {
        var head: HTTPRequestHead
        var id: String
        var started: NIODeadline
        var received: Int64 = 0
        var sent: Int64 = 0
        var isAwaitingContinue: Bool
        var hasResponseBegun = false
        var isAnswered = false
    }

    init(_ channel: any Channel, _ transport: Transport, _ server: ServerContext, _ loop: LoopContext) {
        self.channel = channel
        self.transport = transport
        self.server = server
        self.loop = loop
        settings = server.settings
        client = channel.remoteAddress?.ipAddress ?? channel.parent?.remoteAddress?.ipAddress ?? "unknown"
        clock = ConnectionClock(now: .now())
    }
}

// MARK: - From the pipeline

extension Connection: ChannelInboundHandler, ChannelOutboundHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    package nonisolated func handlerAdded(context: ChannelHandlerContext) {
        loop.insert(self)
    }

    package nonisolated func handlerRemoved(context: ChannelHandlerContext) {
        loop.remove(self)
    }

    package nonisolated func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = Self.unwrapInboundIn(data)
        assumeIsolated { $0.received(part) }
    }

    package nonisolated func channelReadComplete(context: ChannelHandlerContext) {
        assumeIsolated { $0.readComplete() }
        context.fireChannelReadComplete()
    }

    package nonisolated func channelInactive(context: ChannelHandlerContext) {
        assumeIsolated { $0.closed() }
        context.fireChannelInactive()
    }

    package nonisolated func errorCaught(context: ChannelHandlerContext, error: any Error) {
        assumeIsolated { $0.failed(error) }
    }

    package nonisolated func read(context: ChannelHandlerContext) {
        if assumeIsolated({ $0.mayRead() }) { context.read() }
    }

    package nonisolated func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            assumeIsolated { $0.inputClosed() }
        }
        context.fireUserInboundEventTriggered(event)
    }
}

// MARK: - Reading

extension Connection {
    private func received(_ part: HTTPServerRequestPart) {
        clock.progressed(.now())
        receivedPart = true
        pipelined.append(part)
        takeParts()
    }

    /// Takes what waits, up to the head of a request that must wait for the current one. Not reentrant: answering a request
    /// leads back here, and a thousand requests sent ahead must not be a thousand calls deep.
    private func takeParts() {
        guard !isTakingParts else { return }
        isTakingParts = true
        defer { isTakingParts = false }
        while let part = pipelined.first {
            if case .head = part, exchange != nil { return }
            pipelined.removeFirst()
            take(part)
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            begin(head)
        case .body(let buffer):
            exchange?.received += Int64(buffer.readableBytes)
            if exchange?.isAnswered ?? true {
                // The answer is out and the client still sends: it is let finish, within bounds.
                if !clock.mayDiscard(buffer.readableBytes) { close() }
            } else {
                body.append(buffer)
            }
        case .end:
            if body.hasEnded { return }
            body.end()
            if exchange?.isAnswered ?? false { next() }
        }
    }

    private func readComplete() {
        if exchange == nil, !receivedPart { clock.headBegan(.now()) }
        receivedPart = false
    }

    /// Whether the socket may be read now. If not, `readOn()` makes up for it.
    private func mayRead() -> Bool {
        let may = pipelined.isEmpty && body.hasRoom
        if !may { isReadHeld = true }
        return may
    }

    private func readOn() {
        if isReadHeld, pipelined.isEmpty, body.hasRoom {
            isReadHeld = false
            channel.read()
        }
    }

    /// The next bytes of the current request's body; nil: that was all. Throws ``ConnectionError`` when no more will come.
    func nextBodyPart() async throws -> ByteBuffer? {
        if exchange?.isAwaitingContinue ?? false {
            // RFC 9110, section 10.1.1. Asking for the body is what says that the request is fine so far.
            exchange?.isAwaitingContinue = false
            if transport != .http2, !body.hasEnded {
                channel.writeAndFlush(
                    HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .continue)), promise: nil)
            }
        }
        if let buffered = try body.next() {
            readOn()
            return buffered
        }
        if body.hasEnded { return nil }
        clock.waitsForBody = true
        defer { clock.waitsForBody = false }
        return try await withUnsafeThrowingContinuation { continuation in
            body.wait(continuation)
            readOn()
        }
    }
}

// MARK: - Answering

extension Connection {
    private func begin(_ head: HTTPRequestHead) {
        clock.headEnded()
        body = BodyQueue()
        // Without a body the request is whole now; the decoder's end, which is still to come, says nothing new.
        if !head.headers.announcesBody { body.end() }
        exchange = Exchange(
            head: head,
            id: server.requestIDs.next(),
            started: .now(),
            isAwaitingContinue: head.headers.first(name: "Expect")?.lowercased() == "100-continue"
        )
        Task.immediate { await self.serve(head) }
    }

    private func serve(_ head: HTTPRequestHead) async {
        guard let id = exchange?.id else { return }
        let request = Request(head, body: RequestBody(connection: self), id: id)
        let response: Response
        if let refusal = server.refusal(of: head, settings) {
            response = ErrorTable.response(refusal, id: id)
        } else {
            response = await server.responder.respond(to: request)
        }
        await send(response)
    }

    private func send(_ response: consuming Response) async {
        var response = response
        let (status, route, repository) = (Int(response.status.code), response.route, response.repository)
        var failure = response.failure
        let closes = decideClosing(after: response.status)
        complete(&response.headers, status: response.status, closes: closes)
        closesAfterExchange = closes
        exchange?.hasResponseBegun = true
        do {
            let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: response.headers)
            let writer = BodyWriter(self)
            // RFC 9110, section 9.3.2: HEAD answers as GET does, errors too, but without the body.
            switch exchange?.head.method == .HEAD ? .none : consume response.body {
            case .none:
                channel.write(HTTPServerResponsePart.head(head), promise: nil)
            case .bytes(let bytes):
                channel.write(HTTPServerResponsePart.head(head), promise: nil)
                exchange?.sent += Int64(bytes.readableBytes)
                channel.write(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
            case .content(let content):
                channel.write(HTTPServerResponsePart.head(head), promise: nil)
                try await writer.write(content)
            case .pieces(let produce):
                channel.write(HTTPServerResponsePart.head(head), promise: nil)
                try await produce(writer)
            }
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        } catch {
            // The head is out: all that is left to say is that the body is not whole.
            failure = failure ?? "\(error)"
            log(status, route, repository, failure)
            return close()
        }
        log(status, route, repository, failure)
        answered()
    }

    /// Counts body bytes for the log, and progress for the time-outs.
    func sent(_ count: Int) {
        exchange?.sent += Int64(count)
        clock.progressed(.now())
    }

    func setWaitsForWrite(_ waits: Bool) {
        clock.waitsForWrite = waits
        clock.progressed(.now())
    }

    private func complete(_ headers: inout HTTPHeaders, status: HTTPResponseStatus, closes: Bool) {
        headers.add(name: "Date", value: loop.dateHeader)
        if let id = exchange?.id { headers.add(name: "X-Request-Id", value: id) }
        if status.mayHaveResponseBody, !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: "0")
        }
        guard transport != .http2 else { return }
        if closes {
            headers.add(name: "Connection", value: "close")
        } else if exchange?.head.version == .http1_0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
    }

    /// A client that was refused before it sent its body may send it still, or wait for a 100 that never comes.
    private func decideClosing(after status: HTTPResponseStatus) -> Bool {
        guard let exchange, transport != .http2 else { return false }
        if isDraining || closesAfterExchange || !exchange.head.isKeepAlive { return true }
        if body.hasEnded { return false }
        if exchange.isAwaitingContinue { return true }
        let length = exchange.head.headers.first(name: "Content-Length").flatMap { Int64($0) }
        return length.map { $0 - exchange.received > ConnectionClock.discardLimit } ?? true
    }

    private func log(_ status: Int, _ route: Route.Name, _ repository: String?, _ failure: String?) {
        guard let exchange else { return }
        let elapsed = NIODeadline.now() - exchange.started
        server.accessLog.record(
            AccessEntry(
                method: exchange.head.method.rawValue,
                route: route.rawValue,
                repository: repository,
                status: status,
                received: exchange.received,
                sent: exchange.sent,
                duration: .nanoseconds(elapsed.nanoseconds),
                requestID: exchange.id,
                client: server.client(of: exchange.head, at: client, settings),
                failure: failure
            ))
    }

    /// The answer is out. Goes on to the next request, once the body of this one is over.
    private func answered() {
        exchange?.isAnswered = true
        body.discard()
        if body.hasEnded { return next() }
        // Closing at once would reset the connection, and the client might never see the answer: it is let finish, for a
        // while. If there is no going on afterwards, it is told that nothing more will come.
        clock.lingers(.now())
        if closesAfterExchange, transport == .plain { channel.close(mode: .output, promise: nil) }
        readOn()
    }

    private func next() {
        exchange = nil
        clock.idles(.now())
        if closesAfterExchange || isDraining { return close() }
        guard channel.isActive else { return }
        takeParts()
        readOn()
    }
}

// MARK: - Ending

extension Connection {
    func drain() {
        isDraining = true
        if exchange == nil { close() }
    }

    func checkTime(_ now: NIODeadline) {
        switch clock.check(now, settings, isBusy: exchange != nil) {
        case .fine:
            return
        case .headTooSlow:
            refuse(RegistryError(.requestTimeout, "the request's head took longer than \(settings.headerTimeout)"))
        case .bodyTooSlow:
            body.fail(ConnectionError.bodyTooSlow)
        case .close:
            close()
        }
    }

    private func close() {
        channel.close(promise: nil)
    }

    private func closed() {
        body.fail(ConnectionError.closed)
    }

    private func inputClosed() {
        if exchange == nil || !body.hasEnded { close() }
    }

    private func failed(_ error: any Error) {
        guard let error = error as? HTTPParserError, exchange == nil || !(exchange?.hasResponseBegun ?? true) else {
            server.logger.debug("connection from \(client): \(error)")
            body.fail(ConnectionError.closed)
            return close()
        }
        if exchange != nil {
            // A request's body turned out not to be HTTP; whoever reads it gives the answer.
            closesAfterExchange = true
            return body.fail(ConnectionError.malformed("\(error)"))
        }
        refuse(
            error == .headerOverflow
                ? RegistryError(.headersTooLarge, "the request's head is too large")
                : RegistryError(.requestInvalid, "this is not HTTP: \(error)"))
    }

    /// Answers what never became a request, and closes.
    private func refuse(_ error: RegistryError) {
        guard exchange == nil, channel.isActive else { return close() }
        closesAfterExchange = true
        body = BodyQueue()
        body.end()
        let head = HTTPRequestHead(version: .http1_1, method: .RAW(value: "-"), uri: "-")
        exchange = Exchange(
            head: head, id: server.requestIDs.next(), started: .now(), isAwaitingContinue: false)
        Task.immediate { await self.send(ErrorTable.response(error, id: self.exchange?.id ?? "")) }
    }
}

extension HTTPHeaders {
    fileprivate var announcesBody: Bool {
        if contains(name: "Transfer-Encoding") { return true }
        return first(name: "Content-Length").map { $0 != "0" } ?? false
    }
}

/// Why no more of a request's body will come.
enum ConnectionError: Error, CustomStringConvertible {
    case closed
    case bodyTooSlow
    case malformed(String)

    var description: String {
        switch self {
        case .closed: "the client closed the connection"
        case .bodyTooSlow: "the client stopped sending"
        case .malformed(let what): "the request's body is malformed: \(what)"
        }
    }
}
