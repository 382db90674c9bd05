import RegistryCore

/// A header field of a request. Names may repeat.
typealias Header = (name: String, value: String)

/// Signs requests with AWS Signature Version 4. It knows no clock and sends nothing.
struct Signer: Sendable {
    var region: String
    var service = "s3"
    let keys: SigningKeys

    /// The longest that a presigned URL may live.
    static let longestExpiry = Duration.seconds(7 * 24 * 3600)

    init(region: String, keys: SigningKeys = SigningKeys()) {
        self.region = region
        self.keys = keys
    }

    /// The headers to send: `headers` and those of the signature, which replace any of an earlier attempt.
    ///
    /// Whoever sends the request may add none that S3 knows, and leaves the target's path and query alone.
    func sign(
        _ method: String,
        _ target: RequestTarget,
        headers: [Header] = [],
        payload: PayloadHash,
        as credentials: Credentials,
        at time: Timestamp
    ) -> [Header] {
        let date = SigningDate(time)
        var signed: [Header] = []
        signed.reserveCapacity(headers.count + 4)
        for header in headers where !Self.isOwn(header.name) { signed.append(header) }
        signed.append(("x-amz-date", date.stamp))
        signed.append(("x-amz-content-sha256", payload.headerValue))
        if let token = credentials.sessionToken { signed.append(("x-amz-security-token", token)) }

        let request = CanonicalRequest(headers: signed, host: target.authority)
        let hash = request.hash(method: method, target: target, payload: payload)
        let signature = signature(hash, date, credentials)
        signed.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(date)), "
                    + "SignedHeaders=\(request.signedHeaders), Signature=\(signature)"
            ))
        return signed
    }

    /// A URL that works for anyone who has it, as long as `expiring` says and the credentials live.
    ///
    /// - Parameters:
    ///   - headers: What whoever uses the URL must send as well.
    ///   - expiring: At least a second, at most ``longestExpiry``; what lies beyond is cut off.
    func presign(
        _ method: String,
        _ target: RequestTarget,
        headers: [Header] = [],
        expiring: Duration,
        as credentials: Credentials,
        at time: Timestamp
    ) -> String {
        let date = SigningDate(time)
        let request = CanonicalRequest(headers: headers, host: target.authority)
        let seconds = min(max(expiring, .seconds(1)), Self.longestExpiry).components.seconds
        var target = target
        target.query.add("X-Amz-Algorithm", "AWS4-HMAC-SHA256")
        target.query.add("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(date))")
        target.query.add("X-Amz-Date", date.stamp)
        target.query.add("X-Amz-Expires", "\(seconds)")
        target.query.add("X-Amz-SignedHeaders", request.signedHeaders)
        if let token = credentials.sessionToken { target.query.add("X-Amz-Security-Token", token) }
        let hash = request.hash(method: method, target: target, payload: .unsigned)
        return "\(target.url)&X-Amz-Signature=\(signature(hash, date, credentials))"
    }

    private func scope(_ date: SigningDate) -> String {
        "\(date.day)/\(region)/\(service)/aws4_request"
    }

    private func signature(_ requestHash: [UInt8], _ date: SigningDate, _ credentials: Credentials) -> String {
        var text = Array("AWS4-HMAC-SHA256\n\(date.stamp)\n\(scope(date))\n".utf8)
        text.append(hex: requestHash)
        let key = keys.key(secret: credentials.secretAccessKey, day: date.day, region: region, service: service)
        return hexEncoded(hmacSHA256(key, text))
    }

    private static func isOwn(_ name: String) -> Bool {
        switch name.lowercased() {
        case "authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token": true
        default: false
        }
    }
}
