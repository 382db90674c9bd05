import Foundation
import Testing

/// What `registryd why` tells.
struct GarbageWhyTests {
    let server: Server
    let client: Client
    let app = uniqueRepository()

    init() throws {
        server = try Server(settings: ["gc.interval=never"])
        client = Client(server)
    }

    @Test func `the chains that keep a blob are named from the tag down`() throws {
        let (config, layer) = (Array("{}".utf8), randomBytes(1000))
        for blob in [config, layer] { try client.pushBlob(blob, to: app) }
        let image = Manifest.image(config: config, layers: [layer])
        let index = Manifest.index([image])
        try client.pushManifest(image, to: app)
        try client.pushManifest(index, to: app, as: "multi")
        let signature = Manifest.image(config: config, layers: [layer], subject: image.descriptor)
        try client.pushManifest(signature, to: app)

        let text = try server.command("why", sha256(layer))
        let lines = text.split(separator: "\n")
        #expect(
            lines.first?.hasPrefix("blob \(sha256(layer)), 1000 B, in 1 repository, last used 2") == true, "\(text)")
        let way = "\(app): tag multi → index \(index.digest) → "
        #expect(
            Set(lines.dropFirst()) == [
                "  \(way)manifest \(image.digest) → blob",
                "  \(way)subject \(image.digest) → manifest \(signature.digest) → blob",
            ], "\(text)")
        #expect(try server.command("why", image.digest).hasSuffix("  \(way)manifest \(image.digest)"))

        let json = try server.command("why", sha256(layer), "--json")
        let tree = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let chains = try #require(tree["chains"] as? [[String: Any]])
        #expect(chains.count == 2)
        #expect(chains.allSatisfy { $0["tag"] as? String == "multi" && $0["repository"] as? String == app })
        #expect(tree["goes-after"] is NSNull)
    }

    @Test func `of what nothing keeps it is said when it goes`() throws {
        let blob = try client.pushBlob(randomBytes(10), to: app)
        let text = try server.command("why", blob)
        #expect(text.contains("no manifest needs it; garbage collection removes it after 2"), "\(text)")
        let image = try client.pushImage(to: app)
        #expect(try server.command("why", image.digest).contains("\(app): untagged → manifest \(image.digest)"))
    }

    @Test func `what is not there is an error, and what is no digest another`() throws {
        let unknown = try server.uncheckedCommand(["why", sha256(randomBytes(10))])
        #expect(unknown.exit == .code(1))
        #expect(unknown.errors.contains("there is no blob and no manifest"))
        #expect(try server.uncheckedCommand(["why", "sha256:abc"]).exit == .code(64))
    }
}
