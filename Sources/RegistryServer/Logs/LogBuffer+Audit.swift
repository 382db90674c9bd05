import RegistryCore

extension LogBuffer {
    /// A line of the audit log.
    mutating func appendAudit(_ event: AuditEvent, at time: WallTime) {
        append(#"{"time":""#)
        appendTime(time)
        append(#"","event":"#)
        appendJSON(event.kind.rawValue)
        append(#","actor":"#)
        if let actor = event.actor { appendJSON(actor) } else { append("null") }
        append(#","origin":"#)
        appendJSON(event.origin)
        for (name, value) in event.details {
            append(",")
            appendJSON(["time", "event", "actor", "origin"].contains(name) ? "_\(name)" : name)
            append(":")
            appendJSON(value)
        }
        append("}\n")
    }
}
