import RegistryHTTP

/// The access log: a line a request, formatted straight into the sink's buffer.
struct SinkAccessLog: AccessLog {
    let sink: LogSink
    let style: LogStyle

    init(_ logs: Logs) {
        sink = logs.sink
        style = logs.style
    }

    func record(_ entry: AccessEntry) {
        // A client that went away is not the server's failure; an answer of 500 and above is.
        let isFailure = entry.status >= 500
        guard style.shows(rank: isFailure ? LogStyle.errorRank : LogStyle.infoRank) else { return }
        let time = WallTime.now
        let format = style.format
        sink.write(urgent: isFailure) { buffer in
            switch format {
            case .text: buffer.appendText(entry, at: time)
            case .json: buffer.appendJSON(entry, at: time)
            }
        }
    }
}
