import Foundation
import Testing

/// Manifests that are large, deep, or made to hurt whoever reads them.
struct LimitManifestTests {
    private let server: Server
    private let client: Client

    init() throws {
        server = try Server()
        client = Client(server)
        try client.pushBlob(Array("{}".utf8), to: "a")
    }

    private func digest(_ number: Int) -> String {
        "sha256:" + String(repeating: "0", count: 52) + String(format: "%012d", number)
    }

    @Test func `10,000 layers are taken once they are there, and listed while they are not`() throws {
        let count = 10_000
        var document = ManifestDocument(
            mediaType: MediaType.image, config: Descriptor(mediaType: MediaType.config, of: Array("{}".utf8)))
        document.layers = (0..<count).map { Descriptor(mediaType: MediaType.layer, digest: digest($0), size: 1) }
        let manifest = Manifest(document)
        let refused = try client.putManifest(manifest, to: "a", as: "large")
        expect(refused, 404, "MANIFEST_BLOB_UNKNOWN")
        #expect(Set(refused.errors.map(\.detail)) == Set((0..<count).map(digest)))
        #expect(refused.errors.count == count)
        // An answer may be larger than what it answers, but not by much.
        #expect(refused.body.count < 2 * manifest.content.count)

        try server.execute(
            """
            \(numbers(count))
            INSERT INTO blobs (digest, size, created, touched)
            SELECT 'sha256:' || printf('%064d', n), 1, 0, 0 FROM numbers;
            INSERT INTO blob_locations (blob_id, backend, object_key)
            SELECT id, 'disk', digest FROM blobs WHERE created = 0;
            INSERT INTO repository_blobs SELECT r.id, b.id FROM blobs b, repositories r WHERE b.created = 0;
            """)
        try client.pushManifest(manifest, to: "a", as: "large")
        expectSame(try client.get("/v2/a/manifests/large").body, manifest.content)
        expect(try client.delete("/v2/a/blobs/\(digest(9_999))"), 405, "UNSUPPORTED")
        expect(try client.delete("/v2/a/manifests/\(manifest.digest)"), 202)
        expect(try client.delete("/v2/a/blobs/\(digest(9_999))"), 202)
    }

    @Test func `indexes may list each other eight levels deep, and no deeper`() throws {
        var inner = try client.pushImage(to: "a")
        let image = inner
        for _ in 0..<8 {
            let outer = Manifest.index([inner])
            try client.pushManifest(outer, to: "a")
            inner = outer
        }
        try client.pushManifest(inner, to: "a", as: "deep")
        expectSame(try client.get("/v2/a/manifests/deep").body, inner.content)
        let deeper = Manifest.index([image, inner])
        for reference in ["deeper", deeper.digest] {
            let refused = try client.putManifest(deeper, to: "a", as: reference)
            expect(refused, 400, "MANIFEST_INVALID")
            #expect(refused.errors.first?.message?.contains("8 levels deep") == true, "\(refused)")
            expect(try client.get("/v2/a/manifests/\(reference)"), 404, "MANIFEST_UNKNOWN")
        }
        let why = try server.command("why", image.digest)
        #expect(why.contains("tag deep → index \(inner.digest)"), "\(why)")
        #expect(why.split(separator: " ").count { $0 == "index" } == 8, "\(why)")
        try server.command("gc")
        expect(try client.get("/v2/a/manifests/\(image.digest)"), 200)
    }

    @Test func `nor are they where what they list comes after them`() throws {
        let server = try Server(settings: ["manifests.missing-references=allow"])
        let client = Client(server)
        var indexes = [Manifest.image(layers: [[1]])]
        while indexes.count < 10 { indexes.append(.index([indexes[indexes.count - 1]])) }
        for index in indexes.dropFirst(2).reversed() { try client.pushManifest(index, to: "a", as: "sparse") }
        expect(try client.putManifest(indexes[1], to: "a", as: "deep"), 400, "MANIFEST_INVALID")
        expect(try client.get("/v2/a/manifests/\(indexes[1].digest)"), 404)
        // An image is no level.
        try client.pushManifest(indexes[0], to: "a", as: "image")
    }

    @Test func `what clients read in another way than we is invalid`() throws {
        let digest = sha256(Array("{}".utf8))
        let layer = #"{"mediaType":"a/b","digest":"\#(digest)","size":2}"#
        let plain = #""schemaVersion":2,"config":\#(layer),"layers":[]"#
        for (more, message) in [
            (#""layers":[\#(layer)]"#, #""layers" twice"#), (#""\u006cayers":[\#(layer)]"#, #""layers" twice"#),
            (#""Layers":[\#(layer)]"#, #""Layers" in the manifest is to be spelled “layers”"#),
        ] {
            let response = try client.putManifest(Manifest(MediaType.image, "{\(plain),\(more)}"), to: "a", as: "two")
            expect(response, 400, "MANIFEST_INVALID")
            #expect(response.errors.first?.message?.contains(message) == true, "\(response)")
            expect(try client.get("/v2/a/manifests/two"), 404, "MANIFEST_UNKNOWN")
        }
        let labels = #""annotations":{"layers":"a","Layers":"b"}"#
        try client.pushManifest(Manifest(MediaType.image, "{\(plain),\(labels)}"), to: "a", as: "one")
    }

    private static func wrapped(_ value: String) -> String {
        #"{"schemaVersion":2,"mediaType":"\#(MediaType.image)","layers":[],"#
            + #""config":{"mediaType":"a/b","digest":"\#(sha256(Array("{}".utf8)))","size":2},"x":\#(value)}"#
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":", "[[],", "{\"a\":{},\"b\":"])
    func `JSON nested 100,000 deep is invalid, whether it ends or not`(_ opening: String) throws {
        let open = String(repeating: opening, count: 100_000)
        let closing = String(opening.reversed().compactMap { ["[": "]", "{": "}"][$0] })
        // Pairs that close within the opening have closed already.
        let isPaired = opening.contains("[]") || opening.contains("{}")
        let close = String(repeating: isPaired ? String(closing.suffix(1)) : closing, count: 100_000)
        for text in [open, Self.wrapped(open + "1" + close), open + "1" + close] {
            for type in [MediaType.image, MediaType.index, "application/vnd.example.thing+json"] {
                let response = try client.putManifest(Manifest(type, text), to: "a", as: "bomb")
                expect(response, 400, "MANIFEST_INVALID")
                #expect(response.body.count < 10_000)
            }
        }
        expect(try client.get("/v2/a/manifests/bomb"), 404)
    }

    @Test(arguments: [
        "a number of a million digits", "an exponent of a million digits", "1e999999999", "a text of 1 MB",
        "a text of escapes", "50,000 keys", "one key 50,000 times", "300,000 numbers",
    ])
    func `JSON that is large in other ways is taken as it is, or is invalid`(_ kind: String) throws {
        let value =
            switch kind {
            case "a number of a million digits": String(repeating: "9", count: 1_000_000)
            case "an exponent of a million digits": "1e" + String(repeating: "9", count: 1_000_000)
            case "a text of 1 MB": "\"" + String(repeating: "x", count: 1_000_000) + "\""
            case "a text of escapes": "\"" + String(repeating: "\\u0000", count: 100_000) + "\""
            case "50,000 keys": "{" + (0..<50_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
            case "one key 50,000 times": "{" + Array(repeating: "\"k\":0", count: 50_000).joined(separator: ",") + "}"
            case "300,000 numbers": "[" + Array(repeating: "1", count: 300_000).joined(separator: ",") + "]"
            default: kind
            }
        let manifest = Manifest(MediaType.image, Self.wrapped(value))
        let response = try client.putManifest(manifest, to: "a", as: "bomb")
        #expect([201, 400].contains(response.status), "\(response)")
        let pulled = try client.get("/v2/a/manifests/bomb")
        if response.status == 201 { expectSame(pulled.body, manifest.content) } else { expect(pulled, 404) }
        // And where the registry reads the field.
        let text = Self.wrapped("0").replacingOccurrences(of: "\"x\":", with: "\"annotations\":{\"a\":\(value)},\"x\":")
        let other = try client.putManifest(Manifest(MediaType.image, text), to: "a", as: "other")
        #expect([201, 400].contains(other.status), "\(other)")
        expect(try client.get("/v2/"), 200)
    }

    @Test func `a token whose JSON is nested deep is none`() throws {
        let server = try Server(settings: ["access.anonymous=none"])
        let deep = Data(String(repeating: "[", count: 4000).utf8).base64EncodedString()
            .replacingOccurrences(of: "=", with: "")
        let client = Client(server)
        for token in ["\(deep).\(deep).c2ln", "\(deep).e30.c2ln", "e30.\(deep).c2ln"] {
            expect(try client.get("/v2/", bearer(token)), 401, "UNAUTHORIZED")
        }
    }
}
