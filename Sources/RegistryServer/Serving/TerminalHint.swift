#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension LogOutput {
    /// Whether somebody is looking.
    var isTerminal: Bool { isatty(descriptor) == 1 }
}

extension LogBuffer {
    /// What to try next, for whoever started the server by hand.
    mutating func appendHint(_ address: String, isTLS: Bool) {
        let insecure = isTLS ? "" : " --dest-tls-verify=false"
        appendPlain(
            """

              Push an image:  docker push \(address)/NAME
              or copy one:    skopeo copy\(insecure) docker://docker.io/library/alpine docker://\(address)/alpine
              Stop:           Ctrl-C


            """
        )
    }
}
