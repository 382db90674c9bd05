internal import NIOCore
internal import NIOHTTP2

/// Ends an HTTP/2 connection: when nothing happened on it for too long, when the client broke the protocol or wore the server out,
/// or, once the server drains, when its last stream is done.
///
/// NIO's own handler for this waits for the client to answer a PING before it closes a connection without streams, and a client
/// that sleeps would hold up the server's end.
final class HTTP2Ending: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private var context: ChannelHandlerContext?
    private var streams = 0
    private var isDraining = false

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func opened() {
        streams += 1
    }

    func closed() {
        streams -= 1
        if isDraining, streams == 0 { context?.close(promise: nil) }
    }

    /// RFC 9113, section 5.4.1: after the GOAWAY of a connection error an endpoint closes the connection. NIO leaves that to others,
    /// and goes on reading what the client goes on sending.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if Self.endsConnection(error) { context.close(promise: nil) } else { context.fireErrorCaught(error) }
    }

    /// Those that a client makes who wants to wear the server out, or who does not speak HTTP/2. Errors of one stream are others.
    private static func endsConnection(_ error: any Error) -> Bool {
        switch error {
        case is NIOHTTP2Errors.ExcessiveRSTFrames, is NIOHTTP2Errors.ExcessiveControlFrames,
            is NIOHTTP2Errors.ExcessiveContinuationFrames, is NIOHTTP2Errors.ExcessiveStreamErrors,
            is NIOHTTP2Errors.ExcessiveEmptyDataFrames, is NIOHTTP2Errors.ExcessiveNumberOfGlitches,
            is NIOHTTP2Errors.ExcessivelyLargeHeaderBlock, is NIOHTTP2Errors.ExcessiveOutboundFrameBuffering,
            is NIOHTTP2Errors.UnableToParseFrame, is NIOHTTP2Errors.BadClientMagic:
            true
        default: false
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else if event is ChannelShouldQuiesceEvent {
            isDraining = true
            // RFC 9113, section 6.8: the client opens no more streams, and takes its next request elsewhere.
            let goAway = HTTP2Frame.FramePayload.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil)
            context.writeAndFlush(wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: goAway)), promise: nil)
            if streams == 0 { context.close(promise: nil) }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
