import Logging

/// The process's log: one sink, written to by swift-log's handlers and by the access log alike.
struct Logs: Sendable {
    let sink: LogSink
    let style: LogStyle

    init(to output: LogOutput, style: LogStyle = LogStyle()) {
        self.style = style
        sink = LogSink(output) { count, buffer in
            let message = "the log was not read in time: \(count) lines were dropped"
            buffer.appendLine(
                at: .now,
                level: .warning,
                message: message,
                metadata: ["dropped": .stringConvertible(count)],
                style.format
            )
        }
    }

    func logger(_ label: String) -> Logger {
        Logger(label: label) { SinkLogHandler(label: $0, sink: sink, style: style) }
    }
}
