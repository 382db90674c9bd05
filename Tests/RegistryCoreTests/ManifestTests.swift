import Foundation
import NIOCore
import Testing

@testable import RegistryCore

@Suite struct ManifestTests {
    static let image = "application/vnd.oci.image.manifest.v1+json"
    static let index = "application/vnd.oci.image.index.v1+json"
    static let d = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    func parse(_ json: String, _ type: String?) throws -> Manifest {
        try Manifest(ByteBuffer(string: json), contentType: type)
    }

    @Test func `reads an image`() throws {
        let manifest = try parse(
            """
            {"schemaVersion":2,"mediaType":"\(Self.image)","config":{"mediaType":"application/x.config","digest":"\(Self.d)","size":0},
             "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"\(Self.d)","size":0},
                       {"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","digest":"\(Self.d)","size":0}],
             "subject":{"mediaType":"\(Self.image)","digest":"\(Self.d)","size":0},"annotations":{"b":"2","a":"1/\\""}}
            """, Self.image)
        #expect(manifest.isKnown)
        #expect(manifest.artifactType == "application/x.config")
        #expect(manifest.blobs.map(\.isForeign) == [false, true])
        #expect(manifest.subject?.description == Self.d)
        #expect(manifest.annotations == #"{"a":"1/\"","b":"2"}"#)
    }

    @Test func `an index has an artifact type only if it says so`() throws {
        #expect(try parse(#"{"manifests":[]}"#, Self.index).artifactType == nil)
        #expect(try parse(#"{"manifests":[],"artifactType":"x"}"#, Self.index).artifactType == "x")
        #expect(try parse(#"{"manifests":[],"artifactType":""}"#, Self.index).artifactType == nil)
    }

    @Test(arguments: [
        ("", image), ("null", image), ("[]", image), ("\"x\"", image), ("{", image), ("{}", image), ("{}", index),
        (#"{"config":{"digest":"\#(d)"}}"#, image), (#"{"layers":[]}"#, image), (#"{"config":{},"layers":[]}"#, image),
        (#"{"config":{"digest":"\#(d)"},"layers":{}}"#, image), (#"{"manifests":"x"}"#, index),
        (#"{"manifests":[],"subject":{"digest":"x"}}"#, index), (#"{"manifests":[],"annotations":{"a":1}}"#, index),
        (#"{"mediaType":"\#(index)","manifests":[]}"#, image),
        (#"{"mediaType":7,"manifests":[]}"#, index), (#"{"artifactType":7,"manifests":[]}"#, index),
        (#"{"mediaType":"application/y"}"#, "application/x"),
        (#"{"artifactType":"a\r\nb"}"#, "application/x"), (#"{"artifactType":"a\u2028b","manifests":[]}"#, index),
        (#"{"artifactType":"\#(String(repeating: "a", count: 256))","manifests":[]}"#, index),
        (#"{"config":{"mediaType":"a\u0000","digest":"\#(d)"},"layers":[]}"#, image),
        ("not json", "application/x"),
        ("{}", "application/vnd.docker.distribution.manifest.v1+prettyjws"),
        (#"{"manifests":[],}"#, index), (#"{"manifests":[] , ,}"#, index), (#"{"manifests":[],"a":[1, ]}"#, index),
        (#"{"manifests":[],"a":01}"#, index), (#"{"manifests":[],"a":1-2}"#, index),
        (#"{"manifests":[],"a":"\q"}"#, index), ("{\"manifests\":[],\"a\":\"\n\"}", index),
    ])
    func `refuses`(_ json: String, _ type: String) {
        #expect {
            try parse(json, type)
        } throws: { error in
            (error as? RegistryError)?.code == .manifestInvalid
        }
    }

    @Test(arguments: [
        (#"{"config":{},"layers":[]}"#, image, "config.digest is missing"),
        (#"{"config":{"digest":null},"layers":[]}"#, image, "config.digest is missing"),
        (#"{"config":7,"layers":[]}"#, image, "config is a number and not an object"),
        (
            #"{"config":{"digest":"\#(d)"},"layers":[{"digest":"\#(d)"},{"digest":true}]}"#, image,
            "layers[1].digest is true or false and not a string"
        ),
        (
            #"{"manifests":[{"digest":"\#(d)","urls":["a",null]}]}"#, index,
            "manifests[0].urls[1] is null and not a string"
        ),
        (#"{"manifests":[null]}"#, index, "manifests[0] is null and not an object"),
        (#"{"manifests":{}}"#, index, "manifests is an object and not an array"),
        (#"{"manifests":[],"mediaType":[]}"#, index, "mediaType is an array and not a string"),
        (#"{"manifests":[],"annotations":{"a":"b","c":1}}"#, index, #"annotations."c" is a number and not a string"#),
    ])
    func `says what is wrong, and where`(_ json: String, _ type: String, _ message: String) throws {
        let error = #expect(throws: RegistryError.self) { try parse(json, type) }
        #expect(error?.message == "the manifest is wrong: \(message)")
    }

    @Test func `an annotation's name without end is not repeated to whoever chose it`() throws {
        let name = String(repeating: "a\u{301}", count: 100_000)
        let error = #expect(throws: RegistryError.self) {
            try parse(#"{"manifests":[],"annotations":{"\#(name)":1}}"#, Self.index)
        }
        #expect(try #require(error).message.utf8.count < 1000)
    }

    @Test func `a media type without end is none, and not repeated`() throws {
        let type = String(repeating: ".", count: 4_000_000)
        let layers = #"{"config":{"digest":"\#(Self.d)"},"layers":[{"digest":"\#(Self.d)","mediaType":"\#(type)"}]}"#
        #expect(try parse(layers, Self.image).blobs.map(\.isForeign) == [false])
        let error = #expect(throws: RegistryError.self) { try parse(#"{"mediaType":"\#(type)"}"#, nil) }
        #expect(try #require(error).message.utf8.count < 1000)
    }

    @Test(arguments: [
        (#""mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar""#, true),
        (#""mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip""#, true),
        (#""mediaType":"application/x.foreign""#, false), (#""mediaType":"foreign.x/y""#, false),
        (#""mediaType":"application/x.foreigner.y""#, false),
        (#""mediaType":"application/x","urls":["https://example.com"]"#, true),
        (#""mediaType":"application/x","urls":[]"#, false), (#""mediaType":"application/x","urls":null"#, false),
        (#""urls":["https://example.com"]"#, false),
    ])
    func `a layer that is fetched from elsewhere`(_ fields: String, _ isForeign: Bool) throws {
        let json = #"{"config":{"digest":"\#(Self.d)"},"layers":[{"digest":"\#(Self.d)",\#(fields)}]}"#
        #expect(try parse(json, Self.image).blobs.map(\.isForeign) == [isForeign])
    }

    @Test func `what Go writes for nothing is nothing`() throws {
        let config = #"{"digest":"\#(Self.d)","mediaType":null,"urls":null}"#
        let manifest = try parse(
            #"{"mediaType":"","artifactType":null,"config":\#(config),"layers":null,"subject":null,"annotations":null}"#,
            Self.image)
        #expect(manifest.blobs.isEmpty)
        #expect(manifest.subject == nil)
        #expect(manifest.annotations == nil)
        #expect(manifest.artifactType == nil)
    }

    @Test func `keeps an unknown type as it comes, and links what it can`() throws {
        let manifest = try parse(
            #"{"mediaType":7,"artifactType":[],"config":"a string","layers":[{"digest":"\#(Self.d)"}],"subject":7,"annotations":[]}"#,
            "application/x+json")
        #expect(!manifest.isKnown)
        #expect(manifest.mediaType == "application/x+json")
        #expect(manifest.config == nil)
        #expect(manifest.blobs.map(\.digest) == [Self.d])
        #expect(manifest.subject == nil)
    }

    @Test func `a type that nobody told is found in the document, or guessed from it`() throws {
        #expect(try parse(#"{"mediaType":"application/x+json"}"#, nil).mediaType == "application/x+json")
        #expect(try parse(#"{"manifests":[]}"#, nil).mediaType == Self.index)
        #expect(try parse(#"{"config":{"digest":"\#(Self.d)"},"layers":null}"#, nil).mediaType == Self.image)
    }

    @Test(arguments: [
        "a\r\nSet-Cookie: a", "application/x\r\nb", "application/x\0", "application", "application/", "/x", "a/b/c",
        "application/x y", "application/x;y=z", "application/*", "application/é", ".a/b", "a/+b",
        "a/" + String(repeating: "b", count: 128), "",
    ])
    func `refuses what is no media type, wherever it comes from`(_ type: String) throws {
        #expect(throws: RegistryError.self) { try parse("{}", type) }
        let text = String(decoding: try JSONEncoder().encode(type), as: UTF8.self)
        if !type.isEmpty { #expect(throws: RegistryError.self) { try parse("{\"mediaType\":\(text)}", nil) } }
    }

    @Test(arguments: ["a/b", "1/2", "application/a!#$&^_.+-9Z", "a/" + String(repeating: "b", count: 127)])
    func `takes every media type as it comes`(_ type: String) throws {
        #expect(try parse("{}", type).mediaType == type)
        #expect(try parse("{\"mediaType\":\"\(type)\"}", nil).mediaType == type)
    }

    @Test func `the case of a media type does not count, and is kept`() throws {
        let type = "Application/VND.oci.image.index.v1+JSON"
        let manifest = try parse(#"{"mediaType":"\#(Self.index.uppercased())","manifests":[]}"#, type)
        #expect(manifest.isKnown)
        #expect(manifest.mediaType == type)
        #expect(Manifest.isManifest(Self.image.uppercased()))
        #expect(throws: RegistryError.self) {
            try parse("{}", "Application/vnd.docker.distribution.manifest.V1+prettyjws")
        }
    }

    @Test func `an artifact type need not be a media type`() throws {
        #expect(
            try parse(#"{"manifests":[],"artifactType":"ein Größeres"}"#, Self.index).artifactType == "ein Größeres")
        #expect(try parse(#"{"config":{"mediaType":"","digest":"\#(Self.d)"}}"#, "a/b").artifactType == nil)
    }

    @Test func `commas and brackets in strings are only text`() throws {
        #expect(
            try parse(#"{"manifests":[],"annotations":{"a":"x,}","b":"\\",  "c":"\",]"}}"#, Self.index).annotations
                != nil)
    }

    @Test func `UTF-16 is not UTF-8`() throws {
        let content = ByteBuffer(bytes: #"{"manifests":[]}"#.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] })
        #expect(throws: RegistryError.self) { try Manifest(content, contentType: Self.index) }
    }

    @Test func `nesting without end is an error, not a crash`() {
        let bomb = String(repeating: "[", count: 1_000_000)
        #expect(throws: RegistryError.self) { try parse(#"{"annotations":"# + bomb, Self.index) }
        #expect(throws: RegistryError.self) { try parse(bomb, Self.index) }
    }
}
