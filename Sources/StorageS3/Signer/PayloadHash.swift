import RegistryCore

/// What `x-amz-content-sha256` says of a request's body.
enum PayloadHash: Sendable, Hashable {
    /// The body is not covered by the signature.
    case unsigned
    /// There is no body.
    case empty
    /// The body's SHA-256 in lower-case hex digits; the server refuses the request if it has another.
    case sha256(hex: String)

    init(of body: [UInt8]) {
        self = .sha256(hex: hexEncoded(StorageS3.sha256(body)))
    }

    /// A blob's digest is its payload hash, if it is a sha256.
    init?(_ digest: Digest) {
        guard digest.algorithm == .sha256 else { return nil }
        self = .sha256(hex: digest.hex)
    }

    var headerValue: String {
        switch self {
        case .unsigned: "UNSIGNED-PAYLOAD"
        case .empty: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        case .sha256(let hex): hex
        }
    }
}
