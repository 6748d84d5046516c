"""GET /livez with Flask, in the style of its documentation."""
from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/livez")
def livez():
    return jsonify(status="pass")
