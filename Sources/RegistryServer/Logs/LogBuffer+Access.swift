import RegistryHTTP

extension LogBuffer {
    /// `2026-11-23T09:30:00.123Z info GET manifest alice/app 200 sent=1234 received=0 0.123ms id=… client=127.0.0.1`
    mutating func appendText(_ entry: AccessEntry, at time: WallTime) {
        appendTime(time)
        append(entry.status >= 500 ? " error " : " info ")
        appendWord(entry.method)
        append(UInt8(ascii: " "))
        appendPlain(entry.route)
        append(UInt8(ascii: " "))
        if let repository = entry.repository { appendWord(repository) } else { append(UInt8(ascii: "-")) }
        append(UInt8(ascii: " "))
        append(entry.status)
        append(" sent=")
        append(entry.sent)
        append(" received=")
        append(entry.received)
        append(UInt8(ascii: " "))
        appendMilliseconds(entry.duration)
        append("ms id=")
        appendWord(entry.requestID)
        append(" client=")
        appendWord(entry.client)
        if let user = entry.user {
            append(" user=")
            appendWord(user)
        }
        if let failure = entry.failure {
            append(" failure=")
            appendWord(failure)
        }
        append(UInt8(ascii: "\n"))
    }

    /// The same as one JSON object.
    mutating func appendJSON(_ entry: AccessEntry, at time: WallTime) {
        append(#"{"time":""#)
        appendTime(time)
        append(entry.status >= 500 ? #"","level":"error""# : #"","level":"info""#)
        append(#","msg":"request","method":"#)
        appendJSON(entry.method)
        append(#","route":"#)
        appendJSON(entry.route)
        if let repository = entry.repository {
            append(#","repository":"#)
            appendJSON(repository)
        }
        append(#","status":"#)
        append(entry.status)
        append(#","sent":"#)
        append(entry.sent)
        append(#","received":"#)
        append(entry.received)
        append(#","duration_ms":"#)
        appendMilliseconds(entry.duration)
        append(#","id":"#)
        appendJSON(entry.requestID)
        append(#","client":"#)
        appendJSON(entry.client)
        if let user = entry.user {
            append(#","user":"#)
            appendJSON(user)
        }
        if let failure = entry.failure {
            append(#","failure":"#)
            appendJSON(failure)
        }
        append("}\n")
    }
}
