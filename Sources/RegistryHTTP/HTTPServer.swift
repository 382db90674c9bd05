package import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTP2
package import NIOPosix
import NIOSSL
import RegistryCore
import Synchronization

/// Listens, and gives each connection its pipeline.
package final class HTTPServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let context: ServerContext
    private let loops: [ObjectIdentifier: LoopContext]
    private let listeners = Mutex<[any Channel]>([])
    private let connections = Atomic<Int>(0)
    private let logger: Logger

    package init(
        group: MultiThreadedEventLoopGroup,
        settings: HTTPSettings,
        accessLog: any AccessLog,
        logger: Logger,
        responder: any HTTPResponder
    ) async throws {
        // Swift 6.3's runtime follows a null pointer when two threads are the first to need this type at the same time, as two
        // loops are whose first connections come together. So one is made here, before there are any.
        withExtendedLifetime(Self.decoder()) {}
        self.group = group
        self.logger = logger
        context = ServerContext(responder: responder, accessLog: accessLog, logger: logger, settings: settings)
        var loops: [ObjectIdentifier: LoopContext] = [:]
        for loop in group.makeIterator() {
            loops[ObjectIdentifier(loop)] = try await loop.submit { LoopContext(loop) }.get()
        }
        self.loops = loops
    }

    /// Listens on an address; returns the one it got (port 0 asks for any).
    package func bind(host: String, port: Int) async throws -> SocketAddress {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // A client may say that it has sent all, and wait for the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One read a turn: its bytes are hashed while they are in the cache, and other connections get their turn.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 256 << 10)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            .bind(host: host, port: port).get()
        listeners.withLock { $0.append(channel) }
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        return address
    }

    /// Connections accepted from now on follow the new settings.
    package func reload(_ settings: HTTPSettings) {
        context.settings = settings
    }

    /// Accepts nothing more, lets requests in flight finish, and closes what is left after `time`; then waits a little for
    /// those that were cut off to save what they have.
    package func drain(within time: Duration) async {
        for listener in listeners.withLock({ $0 }) {
            try? await listener.close().get()
        }
        await onEveryLoop { $0.drain() }
        await wait(atMost: time) { self.connections.load(ordering: .relaxed) == 0 }
        let left = connections.load(ordering: .relaxed)
        if left > 0 {
            logger.warning("cutting off \(left) connections that are still open after \(time)")
            await onEveryLoop { $0.closeAll() }
        }
        await wait(atMost: .seconds(5)) { !self.context.isBusy }
    }

    private func onEveryLoop(_ body: @escaping @Sendable (LoopContext) -> Void) async {
        for loop in group.makeIterator() {
            guard let context = loops[ObjectIdentifier(loop)] else { continue }
            try? await loop.submit { body(context) }.get()
        }
    }

    private func wait(atMost time: Duration, until isDone: () -> Bool) async {
        let end = ContinuousClock.now + time
        while !isDone(), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func accept(_ channel: any Channel) throws {
        let settings = context.settings
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else { return }
        let count = connections.wrappingAdd(1, ordering: .relaxed).newValue
        loop.accepted(channel)
        channel.closeFuture.whenComplete { _ in
            self.connections.wrappingSubtract(1, ordering: .relaxed)
            loop.closed(channel)
        }
        if count > settings.connections {
            logger.debug("more than \(settings.connections) connections: closing one")
            return channel.close(promise: nil)
        }
        guard let tls = settings.tls else {
            loop.ready(channel)
            return try configureHTTP1(channel, .plain, loop)
        }
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
        // Until the handshake is done nobody else watches the clock.
        let timeout = channel.eventLoop.scheduleTask(in: TimeAmount(settings.headerTimeout)) {
            channel.close(promise: nil)
        }
        let isReady: @Sendable () -> Void = {
            timeout.cancel()
            loop.ready(channel)
        }
        channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { channel in
                isReady()
                return channel.eventLoop.makeCompletedFuture { try self.configureHTTP2(channel, loop, settings) }
            },
            http1ChannelConfigurator: { channel in
                isReady()
                return channel.eventLoop.makeCompletedFuture {
                    let identity = Connection.Identity(ClientCertificate.user(of: channel), settings)
                    try self.configureHTTP1(channel, .tls, loop, identity)
                }
            }
        ).whenFailure { _ in channel.close(promise: nil) }
    }

    @inline(never)
    private static func decoder() -> ByteToMessageHandler<HTTPRequestDecoder> {
        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
    }

    private func configureHTTP1(
        _ channel: any Channel,
        _ transport: Connection.Transport,
        _ loop: LoopContext,
        _ identity: Connection.Identity? = nil
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(Self.decoder())
        try pipeline.addHandler(Connection(channel, transport, context, loop, identity))
    }

    private func configureHTTP2(_ channel: any Channel, _ loop: LoopContext, _ settings: HTTPSettings) throws {
        let pipeline = channel.pipeline.syncOperations
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 100),
            HTTP2Setting(parameter: .maxHeaderListSize, value: HPACKDecoderLimits.headerList),
            // 64 KiB, the default, would hold an upload back at every round trip.
            HTTP2Setting(parameter: .initialWindowSize, value: 512 << 10),
        ]
        configuration.stream.targetWindowSize = 512 << 10
        configuration.connection.targetWindowSize = 1 << 20
        let context = context
        let identity = Connection.Identity(ClientCertificate.user(of: channel), settings)
        let ending = HTTP2Ending()
        let streams = NIOLoopBound(ending, eventLoop: channel.eventLoop)
        let handler = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop,
            connectionConfiguration: configuration.connection, streamConfiguration: configuration.stream,
            inboundStreamInitializer: { stream in
                stream.eventLoop.makeCompletedFuture {
                    streams.value.opened()
                    stream.closeFuture.whenComplete { _ in streams.value.closed() }
                    let pipeline = stream.pipeline.syncOperations
                    try pipeline.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                    try pipeline.addHandler(Connection(stream, .http2, context, loop, identity))
                }
            })
        try pipeline.addHandler(IdleStateHandler(allTimeout: TimeAmount(settings.idleTimeout)))
        try pipeline.addHandler(handler)
        try pipeline.addHandler(ending)
    }
}

private enum HPACKDecoderLimits {
    static let headerList = 16 << 10
}
