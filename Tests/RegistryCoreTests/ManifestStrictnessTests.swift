import NIOCore
import Testing

@testable import RegistryCore

/// Manifests that clients would read in another way.
@Suite struct ManifestStrictnessTests {
    private static let descriptor = #"{"mediaType":"application/x","digest":"\#(ManifestTests.d)","size":0}"#
    private static let image = #""config":\#(descriptor),"layers":[\#(descriptor)]"#

    private func refusal(of json: String, _ type: String?) -> String? {
        do {
            _ = try Manifest(ByteBuffer(string: json), contentType: type)
            return nil
        } catch {
            return (error as? RegistryError).map { $0.code == .manifestInvalid ? $0.message : "\($0.code)" }
                ?? "\(error)"
        }
    }

    @Test(arguments: [
        (#"{\#(image),"layers":[]}"#, "layers"), (#"{\#(image),"\u006cayers":[]}"#, "layers"),
        (#"{\#(image),"mediaType":"\#(ManifestTests.image)","mediaType":"application/y"}"#, "mediaType"),
        (#"{"config":\#(descriptor),"layers":[{"digest":"\#(ManifestTests.d)","digest":"x"}]}"#, "digest"),
        (#"{\#(image),"annotations":{"a":"1","a":"2"}}"#, "a"), (#"{\#(image),"x":[{"y":{"b":1,"b":1}}]}"#, "b"),
    ])
    func `a name that is there twice is named`(_ json: String, _ name: String) {
        let message = "an object in the manifest has \"\(name)\" twice, and not everybody takes the same of them"
        for type in [ManifestTests.image, nil] { #expect(refusal(of: json, type) == message) }
    }

    /// Foundation's decoder, asked for one that is nested just too deeply, reads beyond its end.
    @Test func `brackets without end are refused, and so are some hundreds that do close`() {
        for count in [1, 100, 499, 500, 501, 510, 511, 512, 513, 514, 515, 600, 5000] {
            for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
                let opened = String(repeating: open, count: count)
                let closed = opened + "1" + String(repeating: close, count: count)
                for type in [ManifestTests.image, "application/x+json", nil] {
                    #expect(refusal(of: opened, type) != nil)
                    #expect(refusal(of: opened + "1", type) != nil)
                    let isObject = count <= StrictJSON.deepest && close == "}"
                    #expect((refusal(of: closed, type) == nil) == (isObject && type != ManifestTests.image))
                }
            }
        }
    }

    @Test func `in a type that nobody knows, too`() {
        #expect(refusal(of: #"{"x":1,"x":2}"#, "application/x+json")?.contains("\"x\" twice") == true)
    }

    @Test(arguments: [
        (#"{\#(image),"Layers":[]}"#, "Layers", "layers"), (#"{\#(image),"layerſ":[]}"#, "layerſ", "layers"),
        (#"{\#(image),"Subject":\#(descriptor)}"#, "Subject", "subject"),
        (#"{\#(image),"MediaType":"\#(ManifestTests.index)"}"#, "MediaType", "mediaType"),
        (#"{\#(image),"ANNOTATIONS":{}}"#, "ANNOTATIONS", "annotations"),
        (#"{"config":{"digest":"\#(ManifestTests.d)","DIGEST":"x"},"layers":[]}"#, "DIGEST", "digest"),
        (
            #"{"config":\#(descriptor),"layers":[\#(descriptor),{"digest":"\#(ManifestTests.d)","Urls":[]}]}"#, "Urls",
            "urls"
        ),
        (#"{\#(image),"manifests":[{"digest":"\#(ManifestTests.d)","mediatype":"a/b"}]}"#, "mediatype", "mediaType"),
    ])
    func `a field in another spelling is refused with the right one`(_ json: String, _ name: String, _ field: String) {
        let message = "\"\(name)\" in the manifest is to be spelled “\(field)”: some clients take it for that"
        for type in [ManifestTests.image, nil] { #expect(refusal(of: json, type) == message) }
    }

    @Test(arguments: [
        #"{\#(image),"annotations":{"Layers":"a","layers":"b","LAYERS":"c","digest":"d","Digest":"e"}}"#,
        #"{"config":{"digest":"\#(ManifestTests.d)","annotations":{"DIGEST":"x"},"platform":{"OS":"x"}},"layers":[]}"#,
        #"{\#(image),"org.example.layers":{"Layers":1,"Digest":2},"Digest":"x"}"#,
    ])
    func `what is nobody's field may be spelled as one likes`(_ json: String) {
        #expect(refusal(of: json, ManifestTests.image) == nil)
    }

    @Test func `and so may everything in a type that nobody knows`() {
        #expect(refusal(of: #"{"Layers":[],"Config":{"Digest":1},"layers":1}"#, "application/x+json") == nil)
    }

    @Test func `a name without end is not repeated to whoever chose it`() throws {
        let name = String(repeating: "a\u{301}", count: 100_000)
        let message = try #require(refusal(of: "{\"\(name)\":1,\"\(name)\":2}", "application/x"))
        #expect(message.utf8.count < 1000)
    }
}
