import Logging

/// swift-log's way into the sink.
struct SinkLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let sink: LogSink
    private let style: LogStyle
    private var ownLevel: Logger.Level?

    init(label: String, sink: LogSink, style: LogStyle) {
        self.label = label
        self.sink = sink
        self.style = style
    }

    /// The process's level, which a reload changes, unless this logger was given one of its own.
    var logLevel: Logger.Level {
        get { ownLevel ?? style.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error { all["error"] = .string("\(error)") }
        sink.write(urgent: event.level >= .warning) { buffer in
            buffer.appendLine(
                at: .now,
                level: event.level,
                message: event.message.description,
                metadata: all,
                style.format
            )
        }
    }
}
