// Loaded by the room page where the room speaks.
export { connect } from "./room/connecting.js";
