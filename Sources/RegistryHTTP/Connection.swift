package import NIOCore
package import NIOHTTP1
internal import RegistryCore

/// One HTTP/1.1 connection, or one stream of an HTTP/2 connection, from its first byte to its last log line.
///
/// It is an actor that runs on the connection's event loop, and the last handler of its pipeline. A request is answered by
/// plain async code in a task that stays on the loop. It begins once the loop has read what there was on all its connections, so
/// that of requests which came together none waits for more than its turn.
///
/// Requests are answered one after the other, each when the client, or at least its kernel, has taken the answer before. Those that a client sends ahead wait in `pipelined`, and the socket is not
/// read while something waits there, or while the body of the current request waits to be taken (`mayRead`).
package actor Connection {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    let channel: any Channel
    let transport: Transport
    let server: ServerContext
    /// As they were when the current request began.
    var settings: HTTPSettings
    nonisolated let loop: LoopContext
    let client: String
    let identity: Identity?

    var exchange: Exchange?
    var body = BodyQueue()
    /// What HTTP/1.1 is to send and the channel does not have yet.
    var unsent = ByteBuffer()
    var pipelined = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 0)
    var clock: ConnectionClock
    var isReadHeld = false
    var isDraining = false
    var isInputClosed = false
    var receivedPart = false
    var isTakingParts = false
    /// The last answer said so, or the client did.
    var closesAfterExchange = false

    enum Transport {
        /// HTTP/1.1 over TCP: files go out by sendfile(2).
        case plain
        /// HTTP/1.1 over TLS.
        case tls
        case http2
    }

    /// Whom the client's certificate names, and who vouched for it when the connection began.
    struct Identity: Sendable {
        var user: UserName
        var authorities: String

        init?(_ user: UserName?, _ settings: HTTPSettings) {
            guard let user, settings.certificatesAreUsers else { return nil }
            self.user = user
            authorities = settings.clientAuthorities
        }

        /// The user, as long as certificates count and that authority is believed: a reload may have changed that.
        func user(_ settings: HTTPSettings) -> UserName? {
            settings.certificatesAreUsers && settings.clientAuthorities == authorities ? user : nil
        }
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

    init(
        _ channel: any Channel,
        _ transport: Transport,
        _ server: ServerContext,
        _ loop: LoopContext,
        _ identity: Identity? = nil
    ) {
        self.identity = identity
        self.channel = channel
        self.transport = transport
        self.server = server
        self.loop = loop
        settings = server.settings
        client = channel.remoteAddress?.ipAddress ?? channel.parent?.remoteAddress?.ipAddress ?? "unknown"
        clock = ConnectionClock(now: .now())
    }
}

extension Connection: ChannelInboundHandler, ChannelOutboundHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundIn = Never

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
        } else if event is ChannelShouldQuiesceEvent {
            assumeIsolated { $0.drain() }
        }
        context.fireUserInboundEventTriggered(event)
    }
}
