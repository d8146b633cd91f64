// Shows the API's description and lets a signed-in person try it: requests carry the session's CSRF token.
// The viewer needs ten seconds to take OpenAPI 3.1 apart before it shows anything, and one for 3.0: it is given a copy
// in the words of 3.0, while the description itself stays what it is.

const place = document.getElementById("docs");

// `type: ["string", "null"]` is `nullable` in 3.0.
function older(part) {
  if (Array.isArray(part)) return part.map(older);
  if (part === null || typeof part !== "object") return part;
  const copy = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, older(value)]));
  if (!Array.isArray(copy.type)) return copy;
  const [type] = copy.type.filter((name) => name !== "null");
  return { ...copy, type, nullable: copy.type.includes("null") };
}

// What the viewer is given as an object it would read once more, as YAML.
const AsJson = () => ({
  statePlugins: {
    spec: { wrapActions: { parseToJson: (_read, system) => (text) => system.specActions.updateJsonSpec(JSON.parse(text)) } },
  },
});

const answer = await fetch(place.dataset.schema, { headers: { Accept: "application/json" } });

window.SwaggerUIBundle({
  spec: { ...older(await answer.json()), openapi: "3.0.3" },
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  persistAuthorization: true,
  presets: [window.SwaggerUIBundle.presets.apis],
  plugins: [AsJson],
  validatorUrl: null,
  requestInterceptor(request) {
    if (request.method && request.method !== "GET") request.headers["X-CSRFToken"] = place.dataset.csrf;
    return request;
  },
});
