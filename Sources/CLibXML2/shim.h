// libxml2's SAX parser as the registry uses it: element names and text, from memory, and nothing else.
//
// No document type declaration gets past the word DOCTYPE, so there are no entities but the five that XML has itself;
// nothing is loaded, from the network or from files; libxml2's own limits on depth and length stay on.
#pragma once
#pragma clang diagnostic error "-Wimplicit-function-declaration"
#include <libxml/xmlversion.h>
// Where libxml2 is built with ICU its headers show ICU's, which clash with the copy in Swift's Foundation. They are
// only needed inside a struct that we never look into.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <string.h>

typedef struct {
    void *context;
    // Return 0 to stop. Text comes in pieces; nothing is terminated by a zero but the name.
    int (*start)(void *context, const char *name);
    int (*end)(void *context);
    int (*text)(void *context, const char *bytes, int count);
    xmlParserCtxtPtr parser;
    int stopped;
    int doctype;
    // The first error, zero-terminated.
    char message[256];
} registryd_xml_handler;

static inline const char *registryd_xml_message(const registryd_xml_handler *handler) { return handler->message; }

static inline void registryd_xml_obey(registryd_xml_handler *handler, int goOn) {
    if (!goOn) {
        handler->stopped = 1;
        xmlStopParser(handler->parser);
    }
}

static inline void registryd_xml_start(
    void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaceCount,
    const xmlChar **namespaces, int attributeCount, int defaultedCount, const xmlChar **attributes) {
    registryd_xml_handler *handler = (registryd_xml_handler *)data;
    if (!handler->stopped) registryd_xml_obey(handler, handler->start(handler->context, (const char *)name));
}

static inline void registryd_xml_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    registryd_xml_handler *handler = (registryd_xml_handler *)data;
    if (!handler->stopped) registryd_xml_obey(handler, handler->end(handler->context));
}

static inline void registryd_xml_text(void *data, const xmlChar *bytes, int count) {
    registryd_xml_handler *handler = (registryd_xml_handler *)data;
    if (!handler->stopped) registryd_xml_obey(handler, handler->text(handler->context, (const char *)bytes, count));
}

static inline void registryd_xml_doctype(
    void *data, const xmlChar *name, const xmlChar *publicID, const xmlChar *systemID) {
    registryd_xml_handler *handler = (registryd_xml_handler *)data;
    handler->doctype = 1;
    registryd_xml_obey(handler, 0);
}

static inline void registryd_xml_reference(void *data, const xmlChar *name) {
    // Of an entity that nobody declared, or could declare.
    registryd_xml_obey((registryd_xml_handler *)data, 0);
}

// Without it, libxml2 writes to stderr. What follows the first error is mostly its consequence.
static inline void registryd_xml_note(void *data, const xmlError *error) {
    registryd_xml_handler *handler = (registryd_xml_handler *)data;
    if (handler->message[0] == 0 && error->level >= XML_ERR_ERROR && error->message != NULL)
        strncat(handler->message, error->message, sizeof handler->message - 1);
}

enum { registryd_xml_ok = 0, registryd_xml_malformed, registryd_xml_stopped, registryd_xml_has_doctype };

// Parses UTF-8, whatever encoding the document claims.
static inline int registryd_xml_parse(const char *bytes, int count, registryd_xml_handler *handler) {
    handler->message[0] = 0;
    xmlParserCtxtPtr parser = xmlCreateMemoryParserCtxt(bytes, count);
    if (parser == NULL) {
        strcpy(handler->message, "no memory, or no document");
        return registryd_xml_malformed;
    }
    handler->parser = parser;
    handler->stopped = 0;
    handler->doctype = 0;

    xmlSAXHandler *sax = parser->sax;
    memset(sax, 0, sizeof *sax);
    sax->initialized = XML_SAX2_MAGIC;
    sax->startElementNs = registryd_xml_start;
    sax->endElementNs = registryd_xml_end;
    sax->characters = registryd_xml_text;
    sax->ignorableWhitespace = registryd_xml_text;
    sax->cdataBlock = registryd_xml_text;
    sax->internalSubset = registryd_xml_doctype;
    sax->reference = registryd_xml_reference;
    sax->serror = (xmlStructuredErrorFunc)registryd_xml_note;
    parser->userData = handler;
    // Not among them: NOENT, DTDLOAD, DTDATTR, HUGE, RECOVER.
    xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);

    xmlParseDocument(parser);
    int result = registryd_xml_ok;
    if (handler->doctype) {
        result = registryd_xml_has_doctype;
    } else if (handler->stopped) {
        result = registryd_xml_stopped;
    } else if (!parser->wellFormed) {
        result = registryd_xml_malformed;
    }
    if (parser->myDoc != NULL) xmlFreeDoc(parser->myDoc);
    parser->myDoc = NULL;
    xmlFreeParserCtxt(parser);
    return result;
}
