internal import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the connections of one event loop share: their executor, the list that time-outs are found by, the Date header.
final class LoopContext: Sendable {
    let executor: LoopExecutor
    private let connections: NIOLoopBoundBox<[ObjectIdentifier: Connection]>
    private struct Accepted {
        var channel: any Channel
        var isReady: Bool
    }
    private let channels: NIOLoopBoundBox<[ObjectIdentifier: Accepted]>
    private let date: NIOLoopBoundBox<(second: Int, text: String)>

    /// Must be called on `loop`.
    init(_ loop: any EventLoop) {
        executor = LoopExecutor(loop)
        connections = NIOLoopBoundBox([:], eventLoop: loop)
        channels = NIOLoopBoundBox([:], eventLoop: loop)
        date = NIOLoopBoundBox((0, ""), eventLoop: loop)
        // One timer a loop instead of one a connection: a time-out may be late by its interval, and costs nothing.
        loop.scheduleRepeatedTask(initialDelay: .milliseconds(250), delay: .milliseconds(250)) { [weak self] task in
            guard let self else { return task.cancel() }
            let now = NIODeadline.now()
            for connection in self.connections.value.values {
                connection.assumeIsolated { $0.checkTime(now) }
            }
        }
    }

    func insert(_ connection: Connection) {
        connections.value[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: Connection) {
        connections.value[ObjectIdentifier(connection)] = nil
    }

    /// A TCP connection was accepted; it is not known yet what it will speak.
    func accepted(_ channel: any Channel) {
        channels.value[ObjectIdentifier(channel)] = Accepted(channel: channel, isReady: false)
    }

    /// Its pipeline stands.
    func ready(_ channel: any Channel) {
        channels.value[ObjectIdentifier(channel)]?.isReady = true
    }

    func closed(_ channel: any Channel) {
        channels.value[ObjectIdentifier(channel)] = nil
    }

    /// Asks every connection to close as soon as it has nothing in flight: HTTP/1.1 by not going on, HTTP/2 by GOAWAY. Those that
    /// are still shaking hands have nothing.
    func drain() {
        for accepted in channels.value.values {
            if accepted.isReady {
                accepted.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            } else {
                accepted.channel.close(promise: nil)
            }
        }
    }

    func closeAll() {
        for accepted in channels.value.values { accepted.channel.close(promise: nil) }
    }

    /// Now, as RFC 9110, section 5.6.7 writes it. Made anew once a second.
    var dateHeader: String {
        var now = time(nil)
        if date.value.second == now { return date.value.text }
        var parts = tm()
        gmtime_r(&now, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let text = """
            \(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) \
            \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT
            """
        date.value = (now, text)
        return text
    }
}
