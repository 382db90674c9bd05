/// Whether the signature covers the bodies of parts and objects (`payload-signing`). Hashing them costs 70 ms of cpu a GiB where
/// the processor hashes them together with the blob (``ContentHasher/pairsAreCheap``), 590 elsewhere.
enum PayloadSigning: String, Sendable, Hashable, CaseIterable, Decodable {
    /// On plain HTTP; TLS protects them already.
    case auto
    case always
    case never

    func covers(_ scheme: Endpoint.Scheme) -> Bool {
        switch self {
        case .auto: scheme == .http
        case .always: true
        case .never: false
        }
    }
}
