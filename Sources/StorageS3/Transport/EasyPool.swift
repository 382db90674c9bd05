/// Handles that are not in use. Making one costs more than a small request does.
struct EasyPool {
    private static let most = 8

    private let configuration: TransportConfiguration
    private var idle: [EasyHandle.Kind: [EasyHandle]] = [:]

    init(_ configuration: TransportConfiguration) { self.configuration = configuration }

    /// nil: there is no memory.
    mutating func take(_ kind: EasyHandle.Kind) -> EasyHandle? {
        idle[kind]?.popLast() ?? EasyHandle(kind, configuration)
    }

    mutating func put(_ easy: EasyHandle) {
        easy.clear()
        if idle[easy.kind, default: []].count < Self.most { idle[easy.kind, default: []].append(easy) }
    }

    mutating func trim() { idle = [:] }
}
