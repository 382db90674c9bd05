import Foundation
import RegistryCore
import TestSupport
import Testing

@testable import StorageS3

/// Thousands of generated requests, signed by the signer of Amazon's own Python SDK, which
/// `scripts/install-dependencies test` installs.
@Suite struct `Botocore's signer` {
    @Test func `signs the same requests the same`() throws {
        let cases = try Case.generated(count: 4000)
        #expect(cases.count == 4000)
        var different = 0
        for item in cases where different < 5 {
            if let difference = try item.difference() {
                different += 1
                Issue.record("\(difference)\n\(item)")
            }
        }
    }
}

private struct Case: Decodable {
    struct Pair: Decodable {
        var name: String
        var value: String?
    }
    var method: String
    var endpoint: String
    var bucket: String
    var pathStyle: Bool
    var name: String?
    var query: [Pair]
    var headers: [Pair]
    var accessKeyID: String
    var secret: String
    var token: String?
    var region: String
    var seconds: Int64
    /// The URL without its query.
    var location: String

    // Signed in its headers:
    var payload: String?
    var body: [UInt8]?
    var authorization: String?

    // Presigned:
    var expires: Int64?
    var parameters: [String]?

    static func generated(count: Int) throws -> [Case] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "signatures.py")
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: output) }
        let status = try spawn("python3", [script.path, "\(count)"], output: output.path)
        try #require(status == 0, "python3 with botocore is needed")
        let data = try Data(contentsOf: output)
        return try JSONDecoder().decode([Case].self, from: data)
    }

    /// What we do otherwise than botocore; nil: nothing.
    func difference() throws -> String? {
        var query = Query()
        for parameter in self.query { query.add(parameter.name, parameter.value) }
        let target = try BucketAddress(Endpoint(endpoint), bucket: bucket, pathStyle: pathStyle).target(
            name: name, query)
        let credentials = Credentials(accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: token)
        let signer = Signer(region: region)
        let time = Timestamp(milliseconds: seconds * 1000)
        let headers = headers.map { ($0.name, $0.value ?? "") }
        if let expires {
            let url = signer.presign(
                method, target, headers: headers, expiring: .seconds(expires), as: credentials, at: time)
            let parts = url.split(separator: "?", maxSplits: 1)
            let parameters = try parts[1].split(separator: "&").map { pair in
                let decoded = try #require(percentDecoded(String(pair)))
                return pair.contains("=") ? decoded : decoded + "="
            }
            if String(parts[0]) != location { return "\(parts[0])\n\(location)" }
            // Sorted as Python sorts, by code points.
            let sorted = parameters.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
            return sorted.map { Array($0.utf8) } == self.parameters?.map { Array($0.utf8) } ? nil : "\(sorted)"
        }
        let hash = payload == "UNSIGNED-PAYLOAD" ? PayloadHash.unsigned : PayloadHash(of: body ?? [])
        if hash.headerValue != payload { return hash.headerValue }
        let signed = signer.sign(method, target, headers: headers, payload: hash, as: credentials, at: time)
        if target.url.prefix(while: { $0 != "?" }) != location { return "\(target.url)\n\(location)" }
        let authorization = signed.first { $0.name == "authorization" }?.value
        return authorization == self.authorization ? nil : "\(authorization ?? "none")"
    }
}
