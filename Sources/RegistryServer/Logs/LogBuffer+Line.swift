import Logging

extension LogBuffer {
    /// A line that is not about a request.
    mutating func appendLine(
        at time: WallTime,
        level: Logger.Level,
        message: String,
        metadata: Logger.Metadata,
        _ format: LogFormat
    ) {
        // In a fixed order, so that lines compare.
        let pairs = metadata.isEmpty ? [] : metadata.sorted { $0.key < $1.key }
        switch format {
        case .text:
            appendTime(time)
            append(UInt8(ascii: " "))
            appendPlain(level.rawValue)
            append(UInt8(ascii: " "))
            appendMessage(message)
            for (key, value) in pairs {
                append(UInt8(ascii: " "))
                appendWord(key)
                append(UInt8(ascii: "="))
                appendWord(value.description)
            }
        case .json:
            append(#"{"time":""#)
            appendTime(time)
            append(#"","level":""#)
            appendPlain(level.rawValue)
            append(#"","msg":"#)
            appendJSON(message)
            for (key, value) in pairs {
                append(UInt8(ascii: ","))
                appendJSON(["time", "level", "msg"].contains(key) ? "_\(key)" : key)
                append(UInt8(ascii: ":"))
                appendJSON(value)
            }
            append(UInt8(ascii: "}"))
        }
        append(UInt8(ascii: "\n"))
    }

    private mutating func appendJSON(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text):
            appendJSON(text)
        case .stringConvertible(let value):
            if let number = value as? any FixedWidthInteger {
                appendPlain(String(number))
            } else if let truth = value as? Bool {
                appendPlain(String(truth))
            } else {
                appendJSON(value.description)
            }
        case .array(let values):
            append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                appendJSON(value)
            }
            append(UInt8(ascii: "]"))
        case .dictionary(let values):
            append(UInt8(ascii: "{"))
            for (index, pair) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                appendJSON(pair.key)
                append(UInt8(ascii: ":"))
                appendJSON(pair.value)
            }
            append(UInt8(ascii: "}"))
        }
    }
}
