/// Why no more of a request's body will come.
enum ConnectionError: Error, CustomStringConvertible {
    case closed
    case bodyTooSlow
    case malformed(String)

    var description: String {
        switch self {
        case .closed: "the client closed the connection"
        case .bodyTooSlow: "the client stopped sending"
        case .malformed(let what): "the request's body is malformed: \(what)"
        }
    }
}
